/**
 * *Matrix*: how each event type reaches each read table. One cell is in the order of Tab, and the arrow keys lead to the
 * others. The chain of casts of the cell under the pointer or with the focus stands below the title. The cell of the
 * address is marked, and scrolled into view once.
 */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { type Cell, chainOf, type Grid, isFilled, kinds, neighbour, toGrid } from '../grid.ts'
import { builtPart } from '../rate.ts'
import type { Route } from '../route.ts'
import type { Schemas } from '../state.ts'
import { headingView, loadingView } from './parts.ts'
import { progressView } from './upgrade.ts'

type Chosen = Extract<Route, { view: 'matrix' }>

/** The route whose cell has been scrolled into view: after that, the operator scrolls. */
let revealed: Chosen | undefined

/** After the grid is drawn, and after the heading of a new view has got the focus, which scrolls to the top. */
function reveal(route: Chosen): void {
  if (route === revealed || route.table === undefined) return
  revealed = route
  setTimeout(() => {
    const cell = document.querySelector('[role=grid] [aria-current]')
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })
}

export function matrixView(context: Context, route: Chosen): TemplateResult {
  const { matrix, pointed, statuses } = context.store.get()
  if (!matrix) return html`${headingView('Matrix')}${loadingView}`
  const { table, type } = pointed ?? route
  const cell = matrix.find((each) => each.readTable === table && each.eventType === type)
  reveal(route)
  return html`${headingView('Matrix')}
    <p>Each row is an event type, and each column a read table.</p>
    ${legendView}
    <div class="chain" id="chain">${chainView(cell, table !== undefined)}</div>
    ${gridView(context, toGrid(matrix), route, statuses.at(-1))}`
}

const legendView = html`<ul class="legend">${Object.entries(kinds).map(
  ([kind, { letter, means }]) =>
    html`<li><span class=${`cell ${kind}`} aria-hidden="true">${letter}</span> ${means}</li>`,
)}</ul>`

function chainView(cell: Cell | undefined, isChosen: boolean): TemplateResult {
  if (!cell) {
    return html`<p class="quiet">${isChosen ? 'The matrix has no such cell.' : 'Choose a cell to see how its events reach the table.'}</p>`
  }
  const { means } = kinds[cell.kind]
  const chain = chainOf(cell)
  return html`<p><strong>${cell.eventType}</strong> in <strong>${cell.readTable}</strong>. ${means}.
      ${cell.attached || chain.length === 0 ? nothing : 'Events are not projected yet.'}
      ${cell.fault === null ? nothing : html`<span class="error">${cell.fault}</span>`}</p>
    ${chain.length === 0 ? nothing : html`<p class="way">${chain.join(' → ')}</p>`}`
}

function gridView(
  context: Context,
  grid: Grid,
  chosen: Chosen,
  status: Schemas['Status'] | undefined,
): TemplateResult {
  const tables = grid.tables.map((name) => status?.tables.find((each) => each.name === name))
  const parts = tables.map((table) => (table && status ? builtPart(table, status.position) : 1))
  const column = Math.max(0, grid.tables.indexOf(chosen.table ?? ''))
  const row = Math.max(
    0,
    grid.rows.findIndex(({ type }) => type === chosen.type),
  )
  return html`<div class="scroll grid"><table role="grid" aria-label="Event types by read tables" aria-describedby="chain"
    @keydown=${(event: KeyboardEvent) => move(event, grid)} @mouseleave=${() => context.store.set({ pointed: undefined })}>
    <thead><tr><th scope="col">Event type</th>${grid.tables.map((name, index) => headView(name, tables[index], status))}</tr></thead>
    <tbody>${grid.rows.map(
      ({ type, cells }, r) =>
        html`<tr><th scope="row">${nameView(type)}</th>${cells.map((cell, c) =>
          cellView(context, cell, {
            at: `${r}-${c}`,
            isInOrder: r === row && c === column,
            isChosen: type === chosen.type && grid.tables[c] === chosen.table,
            isPending: !isFilled(r, grid.rows.length, parts[c] ?? 1),
          }),
        )}</tr>`,
    )}</tbody></table></div>`
}

/** A narrow screen breaks it at its underscores, so that its version stays in view. */
function nameView(type: string): TemplateResult {
  const [first, ...others] = type.split('_')
  return html`${first}${others.map((part) => html`_<wbr>${part}`)}`
}

function headView(
  name: string,
  table: Schemas['ReadTable'] | undefined,
  status: Schemas['Status'] | undefined,
): TemplateResult {
  const isBuilding = table?.state === 'building' && status !== undefined
  return html`<th scope="col" class=${isBuilding ? 'building' : ''}><span class="name">${name}</span>
    ${isBuilding ? progressView(table, status.position) : nothing}</th>`
}

interface Place {
  readonly at: string
  readonly isInOrder: boolean
  readonly isChosen: boolean
  readonly isPending: boolean
}

function cellView(
  { store, go }: Context,
  cell: Cell | undefined,
  { at, isInOrder, isChosen, isPending }: Place,
): TemplateResult {
  if (!cell) return html`<td></td>`
  const { readTable: table, eventType: type, kind, fault } = cell
  const choose = () => go({ view: 'matrix', table, type }, true)
  const marks = `${isPending ? 'pending' : ''} ${fault === null ? '' : 'fault'}`
  const label = `${type} in ${table}: ${kind}${fault === null ? '' : ', with a fault'}`
  return html`<td><button class=${`cell ${kind} ${marks}`} data-at=${at} tabindex=${isInOrder ? 0 : -1} aria-label=${label}
    aria-current=${isChosen ? 'true' : nothing} @mouseenter=${() => store.set({ pointed: { table, type } })} @focus=${choose} @click=${choose}
    >${fault === null ? kinds[kind].letter : '!'}</button></td>`
}

function move(event: KeyboardEvent, grid: Grid): void {
  const at = event.target instanceof HTMLElement ? event.target.dataset.at : undefined
  const [row = 0, column = 0] = at?.split('-').map(Number) ?? []
  const next = at && neighbour(event.key, [row, column], grid)
  if (!next) return
  event.preventDefault()
  document.querySelector<HTMLElement>(`[data-at="${next[0]}-${next[1]}"]`)?.focus()
}
