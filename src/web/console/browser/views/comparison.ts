/** A read table as of then beside now: what differs as figures, and row by row. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { countOf } from '../rate.ts'
import { type TimeRoute, toPath } from '../route.ts'
import type { Schemas } from '../state.ts'
import { linkView, maskedView, positionText, timeView } from './parts.ts'
import { personalView } from './personal.ts'

type Comparison = Schemas['Comparison']
type Row = Comparison['rows'][number]

/** `again` compares with the table as it is by then. */
export function comparisonView(
  context: Context,
  route: TimeRoute,
  found: Comparison,
  again: () => void,
): TemplateResult {
  const { before, ...first } = route
  const next = found.nextCursor
  return html`${figuresView(found)}${damageView(found)}${laterView(context, found, again)}
    ${found.columns.some(({ masked }) => masked) ? personalView(context, toPath(route)) : nothing}
    ${tableOf(found, route)}
    ${
      before === undefined && next === undefined
        ? nothing
        : html`<p class="filter">${before === undefined ? nothing : linkView(context, first, 'First rows')}
            ${next === undefined ? nothing : linkView(context, { ...first, before: next }, 'Next rows')}</p>`
    }`
}

function figuresView({ earlier, now, added, changed, removed }: Comparison): TemplateResult {
  const instant = ({ position, recordedAt }: Comparison['earlier']) =>
    html`${positionText(position)} <span class="quiet">${recordedView(recordedAt)}</span>`
  const figures = [
    ['Then, position', instant(earlier)],
    ['Now, position', instant(now)],
    ['Rows added since', added.toLocaleString('en')],
    ['Rows changed since', changed.toLocaleString('en')],
    ['Rows removed since', removed.toLocaleString('en')],
  ] as const
  return html`<dl class="figures">${figures.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}

/** When the last event up to a position was recorded. */
export function recordedView(at: string | null): TemplateResult {
  return at === null ? html`before the first event` : timeView(at)
}

function damageView({ table, earlier, now, added, changed, removed }: Comparison): TemplateResult {
  const count = added + changed + removed
  if (earlier.position !== now.position || count === 0) return html``
  return html`<p class="concern">${table} differs from the log in ${countOf(count, 'row')} at the same position. Verify the table.</p>`
}

function laterView({ store }: Context, { now }: Comparison, again: () => void): TemplateResult {
  const head = store.get().statuses.at(-1)?.position ?? now.position
  if (BigInt(head) <= BigInt(now.position)) return html``
  return html`<p class="quiet">The log is at position ${positionText(head)} now. <button @click=${again}>Compare again</button></p>`
}

/** A column in which a row of this page has changed has two halves, and comes before those in which none has. */
function tableOf({ table, columns, rows }: Comparison, route: TimeRoute): TemplateResult {
  if (rows.length === 0) {
    const empty = route.rows ? 'No row differs.' : 'The table has no row now, and had none then.'
    return html`<p class="quiet">${empty}</p>`
  }
  const differing = new Set(rows.flatMap((row) => row.differing))
  const all = columns.map((column, n) => ({ ...column, n, isSplit: differing.has(column.name) }))
  const rankOf = ({ n, isSplit }: Column) => (isSplit || n === 0 ? 0 : 1)
  const ordered = all.toSorted((one, other) => rankOf(one) - rankOf(other))
  return html`<div class="scroll" role="region" aria-label=${`Rows of ${table}`} tabindex="0"><table class="compared">
    <thead>${headView(ordered)}</thead>
    <tbody>${rows.map((row) => rowView(row, ordered))}</tbody></table></div>`
}

type Column = Comparison['columns'][number] & { readonly n: number; readonly isSplit: boolean }

function headView(columns: readonly Column[]): TemplateResult {
  const split = columns.filter(({ isSplit }) => isSplit)
  const lines = split.length > 0 ? 2 : 1
  return html`<tr><th scope="col" rowspan=${lines}>Row</th>${columns.map(({ name, isSplit }) =>
    isSplit
      ? html`<th scope="colgroup" colspan="2">${name}</th>`
      : html`<th scope="col" rowspan=${lines}>${name}</th>`,
  )}</tr>
  ${lines === 2 ? html`<tr>${split.map(() => html`<th scope="col">then</th><th scope="col">now</th>`)}</tr>` : nothing}`
}

function rowView(
  { change, differing, earlier, now }: Row,
  columns: readonly Column[],
): TemplateResult {
  const isSecret = change === 'changed' && differing.length === 0
  const cells = columns.map(({ name, masked, n, isSplit }) => {
    const was = valueView(earlier?.[n], masked)
    const is = valueView(now?.[n], masked)
    if (!isSplit) return html`<td>${now ? is : was}</td>`
    if (change === 'added') return html`<td></td><td>${is}</td>`
    if (change === 'removed') return html`<td>${was}</td><td></td>`
    if (differing.includes(name)) return html`<td class="was">${was}</td><td class="is">${is}</td>`
    return html`<td colspan="2">${is}</td>`
  })
  return html`<tr class=${change}><th scope="row">${change}${isSecret ? ' in a secret' : ''}</th>${cells}</tr>`
}

function valueView(value: string | null | undefined, isMasked: boolean): TemplateResult {
  if (isMasked) return maskedView
  if (value === null || value === undefined) return html`<span class="quiet">null</span>`
  return html`<span class=${value.length > 40 ? 'long' : ''}>${value}</span>`
}
