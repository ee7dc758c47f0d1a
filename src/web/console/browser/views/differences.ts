/** The rows that the last verify of a table found to differ: expected beside actual, with the changed values marked. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { operator } from '../api.ts'
import type { Context } from '../context.ts'
import { countOf } from '../rate.ts'
import type { Schemas } from '../state.ts'
import { shownKey } from '../table-readings.ts'
import { nameView } from './acting.ts'
import { loadingView, positionText, timeView } from './parts.ts'

type Differences = Schemas['Differences']
type Row = Differences['rows'][number]

export function differencesView(context: Context, table: Schemas['ReadTable']): TemplateResult {
  const { verified } = table
  if (verified === null || verified.differences === 0) return html``
  const { tables, shown } = context.store.get()
  const { differences } = tables
  const isShown = shown === shownKey(table)
  return html`<h2>Rows that differ</h2>
    <p>The last verify found ${countOf(verified.differences, 'row')} that ${verified.differences === 1 ? 'differs' : 'differ'}
      from the log at position ${positionText(verified.position)}, ${timeView(verified.at)}.</p>
    ${isShown ? nothing : personalView(context, table)}
    ${differences ? rowsView(differences, isShown) : loadingView}`
}

/** Without the verbs, the page has no field for the name yet. */
function personalView(context: Context, table: Schemas['ReadTable']): TemplateResult {
  const { store, readAgain } = context
  const hasVerbs = (store.get().tables.one?.verbs.length ?? 0) > 0
  const show = () => {
    if (operator.name() === '') {
      store.set({ notice: 'Enter your name first.' })
      return document.getElementById('actor')?.focus()
    }
    store.set({ shown: shownKey(table), notice: undefined })
    readAgain()
  }
  return html`${hasVerbs ? nothing : nameView()}
    <p class="filter"><button @click=${show}>Show personal data</button>
      <span class="quiet">The audit list records your name and this request.</span></p>`
}

function rowsView({ columns, rows, verified }: Differences, isShown: boolean): TemplateResult {
  if (rows.length === 0)
    return html`<p>Their values are no longer kept, because personal data were erased since. Verify the table again.</p>`
  const rest = (verified?.differences ?? 0) - rows.length
  return html`${rows.map((row, index) => rowView(columns, row, index, isShown))}
    ${rest > 0 ? html`<p class="quiet">${countOf(rest, 'more row')} ${rest === 1 ? 'is' : 'are'} not listed.</p>` : nothing}`
}

const kinds = {
  missing: 'missing in the table',
  extra: 'not made by the log',
  different: 'different',
} as const

function rowView(
  columns: Differences['columns'],
  row: Row,
  index: number,
  isShown: boolean,
): TemplateResult {
  const label = `Row ${index + 1}: ${kinds[row.kind]}`
  const valueView = (values: Row['expected'], place: number) => {
    if (values === null) return html`<span class="quiet">no row</span>`
    if (columns[place]?.masked) {
      return html`<span class="masked">${isShown ? 'secret' : 'masked'}</span>`
    }
    return values[place] ?? html`<span class="quiet">null</span>`
  }
  return html`<div class="scroll" role="region" aria-label=${label} tabindex="0"><table class="difference">
    <caption>${label}</caption>
    <thead><tr><th scope="col">Column</th><th scope="col">Expected, from the log</th><th scope="col">Actual</th></tr></thead>
    <tbody>${columns.map(({ name }, place) => {
      const isChanged = row.changed.includes(name)
      return html`<tr class=${isChanged ? 'changed' : ''}><th scope="row">${name}${
        isChanged ? html` <span class="mark">changed</span>` : nothing
      }</th><td>${valueView(row.expected, place)}</td><td>${valueView(row.actual, place)}</td></tr>`
    })}</tbody></table></div>`
}
