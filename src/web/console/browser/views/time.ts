/**
 * *Time*: a slider over the positions of the log, and a read table as of then beside now.
 *
 * The slider reads nothing until it has rested for a moment. Every choice breaks off the reading before it.
 */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import type { TimeRoute } from '../route.ts'
import type { State } from '../state.ts'
import { isPosition, nameOf } from '../time.ts'
import { comparisonView, recordedView } from './comparison.ts'
import { headingView, positionText } from './parts.ts'

/** How long the slider rests before its position is read, ms. */
const restMs = 250

const waiting =
  'Replaying the log … A server does one replay at a time, so this one may wait for those of other operators.'

let resting: ReturnType<typeof setTimeout> | undefined

export function timeTravelView(context: Context, route: TimeRoute): TemplateResult {
  const state = context.store.get()
  return html`${headingView('Time')}
    <p>A read table as of an earlier event, beside the table as it is now.</p>
    ${choiceView(context, route)}
    ${route.table === undefined ? nothing : sliderView(context, route)}
    ${resultView(context, route, state)}`
}

/** Shows another table or moment, from its first row and without personal data. */
function choose({ store, go, readAgain }: Context, { before, ...route }: TimeRoute): void {
  clearTimeout(resting)
  store.set({ sliding: undefined, shown: undefined })
  go(route, true)
  readAgain()
}

function choiceView(context: Context, route: TimeRoute): TemplateResult {
  const { table, at, rows, ...rest } = route
  const tables = context.store.get().statuses.at(-1)?.tables ?? []
  const names = tables.filter(({ state }) => state === 'live').map(({ name }) => name)
  const known = table !== undefined && !names.includes(table) ? [table, ...names] : names
  const apply = (event: Event) => {
    event.preventDefault()
    const values = new FormData(event.currentTarget as HTMLFormElement)
    const [table, at] = ['table', 'at'].map((name) => String(values.get(name) ?? '').trim())
    const isDiffering = values.get('rows') === 'differing'
    choose(context, {
      ...rest,
      ...(table && { table }),
      ...(at && { at }),
      ...(isDiffering && { rows: 'differing' }),
    })
  }
  const submit = (event: Event) => (event.target as HTMLInputElement).form?.requestSubmit()
  return html`<form class="filter" @submit=${apply}>
    <p><label for="table">Read table</label>
      <select id="table" name="table" @change=${submit}><option value="" .selected=${table === undefined}>Choose a table</option>${known.map(
        (name) => html`<option value=${name} .selected=${name === table}>${name}</option>`,
      )}</select></p>
    <p><label for="at">Position or time</label>
      <input id="at" name="at" .value=${at ?? ''} placeholder="42 or 2026-01-31T12:00:00Z" autocomplete="off" spellcheck="false"></p>
    <p><button>Show</button></p>
    <p class="check"><label><input type="checkbox" name="rows" value="differing" .checked=${rows === 'differing'} @change=${submit}>
      Only rows that differ</label></p></form>`
}

function sliderView(context: Context, route: TimeRoute): TemplateResult {
  const { store } = context
  const state = store.get()
  const head = state.statuses.at(-1)?.position
  // Without its end, the slider could not have its position.
  if (head === undefined) return html``
  const position = positionOf(route, state) ?? head
  const slide = (event: Event) => {
    const at = (event.target as HTMLInputElement).value
    store.set({ sliding: at })
    clearTimeout(resting)
    resting = setTimeout(() => {
      // Another view or table is shown by now.
      if (store.get().sliding === at) choose(context, { ...route, at })
    }, restMs)
  }
  const recordedAt = timeOf(position, state)
  const text = `Position ${positionText(position)} of ${positionText(head)}`
  return html`<div class="slider"><label for="position">${text}</label>
    <span class="quiet">${recordedAt === undefined ? '…' : recordedView(recordedAt)}</span>
    <input id="position" type="range" min="0" max=${head} step="1" .value=${position}
      aria-valuetext=${recordedAt ? `${text}, ${recordedAt}` : text} @input=${slide}></div>`
}

/** The position of the slider; undefined while a time is looked up, and where none is chosen. */
function positionOf({ at }: TimeRoute, { sliding, compared }: State): string | undefined {
  if (sliding !== undefined) return sliding
  return at !== undefined && isPosition(at) ? at : compared?.found?.earlier.position
}

/** When the last event up to a position was recorded; null before the first, undefined where it is not read. */
function timeOf(
  position: string,
  { moment, compared, statuses }: State,
): string | null | undefined {
  const status = statuses.at(-1)
  const known = [moment, compared?.found?.earlier, compared?.found?.now].find(
    (each) => each?.position === position,
  )
  if (known) return known.recordedAt
  return status?.position === position ? status.lastEventAt : undefined
}

function resultView(context: Context, route: TimeRoute, state: State): TemplateResult {
  const { store, readAgain } = context
  if (route.table === undefined) return html``
  if (route.at === undefined) {
    return html`<p class="quiet">Move the slider, or enter a position or a time.</p>`
  }
  const { compared } = state
  const isRead = compared?.of === nameOf(route, state)
  const retry = () => {
    store.set({ compared: undefined })
    readAgain()
  }
  // The rows of the position before stay until those of this one are there.
  const found = compared?.found?.table === route.table ? compared.found : undefined
  return html`<p role="status" class="quiet">${isRead ? '' : waiting}</p>
    <div role="alert">${isRead && compared?.failure ? html`<p class="failure">${compared.failure} <button @click=${retry}>Try again</button></p>` : nothing}</div>
    ${found ? comparisonView(context, route, found, retry) : nothing}`
}
