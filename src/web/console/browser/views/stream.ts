/** *Stream*: an aggregate step by step, forward and back: each event, and the state after it. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import type { Route } from '../route.ts'
import type { Schemas } from '../state.ts'
import { versionView } from './event.ts'
import { headingView, linkView, loadingView, tableView, timeView } from './parts.ts'
import { personalView } from './personal.ts'

type Chosen = Extract<Route, { view: 'stream' }>
type Stream = Schemas['Stream']

export function streamView(context: Context, { id, step }: Chosen): TemplateResult {
  const { stream, failure } = context.store.get()
  if (id === undefined || !stream) {
    const isLoading = id !== undefined && failure === undefined
    return html`${headingView('Stream')}${searchView(context, id)}${isLoading ? loadingView : nothing}`
  }
  // Versions of a stream begin at 1 and leave out none.
  const index = Math.min(Math.max(step ?? 1, 1), stream.items.length) - 1
  const current = stream.items[index]
  return html`${headingView(`Stream of ${stream.aggregate}`)}${searchView(context, id)}
    ${controlsView(context, stream, index)}
    ${current && isMasked(current) ? personalView(context, id) : nothing}
    ${current ? stepView(context, current) : nothing}
    <h2>All events</h2>${listView(context, stream)}`
}

function isMasked({ event, masked }: Schemas['StreamStep']): boolean {
  return event.masked.length > 0 || masked.length > 0
}

function searchView({ go }: Context, id = ''): TemplateResult {
  const open = (event: Event) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const wanted = String(new FormData(form).get('id')).trim()
    if (wanted) go({ view: 'stream', id: wanted })
  }
  return html`<form class="filter" @submit=${open}>
    <p><label for="id">Id of a stream</label>
      <input id="id" name="id" .value=${id} required autocomplete="off" spellcheck="false"></p>
    <p><button>Open</button></p></form>`
}

function controlsView({ go }: Context, stream: Stream, index: number): TemplateResult {
  const { id, items, nextCursor } = stream
  const isAt = (other: number) => other < 0 || other >= items.length
  const to = (other: number) => () => {
    if (!isAt(other)) go({ view: 'stream', id, step: other + 1 }, true)
  }
  const count = nextCursor === undefined ? `${items.length}` : `more than ${items.length}`
  const buttons = [
    ['First', 0],
    ['Back', index - 1],
    ['Forward', index + 1],
    ['Last', items.length - 1],
  ] as const
  return html`<p class="filter">${buttons.map(
    ([name, target]) =>
      html`<button @click=${to(target)} aria-disabled=${isAt(target) || target === index}>${name}</button>`,
  )}<span role="status">Event ${index + 1} of ${count}</span></p>`
}

function stepView(
  context: Context,
  { event, state, changed, masked }: Schemas['StreamStep'],
): TemplateResult {
  const { type, position, recordedAt } = event
  const changes = changed.length === 0 ? 'nothing changed' : `changed: ${changed.join(', ')}`
  const link = linkView(context, { view: 'event', key: position }, `position ${position}`)
  return html`<p>${type} at ${link}, recorded ${timeView(recordedAt)}</p>
    <div class="versions">${versionView(type, 'the event', event)}
      ${
        state === null
          ? html`<p class="quiet">No state: either a newer release recorded this event or one before it, or it comes after the first 10,000 events of the stream.</p>`
          : versionView('State', changes, { data: state, masked })
      }</div>`
}

function listView(context: Context, { id, items }: Stream): TemplateResult {
  const rows = items.map(({ event: { version, type, recordedAt } }) => [
    version,
    linkView(context, { view: 'stream', id, step: version }, type),
    timeView(recordedAt),
  ])
  return tableView('Events of the stream', ['Version', 'Type', 'Recorded'], rows, 'No event.')
}
