/** *Log*: the events, the last one first, by type and stream, with new ones as they are recorded. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { readOlder } from '../readings.ts'
import { type Route, toPath } from '../route.ts'
import type { Schemas } from '../state.ts'
import { headingView, linkView, loadingView, positionText, tableView, timeView } from './parts.ts'

type LogEvent = Schemas['LogEvent']

export function logView(context: Context, route: Extract<Route, { view: 'log' }>): TemplateResult {
  const { log } = context.store.get()
  return html`${headingView('Log')}${filterView(context, route)}
    ${log?.of === toPath(route) ? pageView(context, log) : loadingView}`
}

function filterView({ store, go }: Context, { type = '', stream = '' }: Filter): TemplateResult {
  const apply = (event: Event) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const values = new FormData(form)
    const [type, stream] = ['type', 'stream'].map((name) => String(values.get(name)).trim())
    go({ view: 'log', ...(type && { type }), ...(stream && { stream }) })
  }
  const { eventTypes } = store.get()
  return html`<form class="filter" @submit=${apply}>
    <p><label for="type">Event type</label>
      <select id="type" name="type"><option value="" .selected=${type === ''}>All types</option>${eventTypes.map(
        (name) => html`<option value=${name} .selected=${name === type}>${name}</option>`,
      )}</select></p>
    <p><label for="stream">Stream</label>
      <input id="stream" name="stream" .value=${stream} placeholder="Id of a stream" autocomplete="off" spellcheck="false"></p>
    <p><button>Filter</button></p></form>`
}

interface Filter {
  readonly type?: string
  readonly stream?: string
}

function pageView(
  context: Context,
  { items, before }: { items: readonly LogEvent[]; before: string | undefined },
): TemplateResult {
  const { store, api } = context
  const older = () =>
    readOlder(store, api).catch((error: Error) => store.set({ failure: error.message }))
  const rows = items.map((event) => [
    linkView(context, { view: 'event', key: event.position }, positionText(event.position)),
    html`${event.type}${event.void ? html` <strong>void</strong>` : nothing}`,
    timeView(event.recordedAt),
    linkView(
      context,
      { view: 'stream', id: event.streamId, step: event.version },
      event.streamId.slice(0, 8),
    ),
    event.version,
  ])
  const columns = ['Position', 'Type', 'Recorded', 'Stream', 'Version']
  return html`${tableView('Events', columns, rows, 'No event matches.')}
    ${before === undefined ? nothing : html`<p><button @click=${older}>Show older events</button></p>`}`
}
