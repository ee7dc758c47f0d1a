/** The parts that views share: headings, links, times, numbers, tables. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import type { Route } from '../route.ts'

/** A heading that gets the focus when its view opens. */
export function headingView(text: string): TemplateResult {
  return html`<h1 id="heading" tabindex="-1">${text}</h1>`
}

export function linkView({ hrefOf }: Context, route: Route, text: string): TemplateResult {
  return html`<a href=${hrefOf(route)}>${text}</a>`
}

/** The time of today, else the day and the time, where the operator is; the exact time in UTC on the pointer. */
export function timeView(time: string | null): TemplateResult {
  if (time === null) return html`<span class="quiet">never</span>`
  const at = new Date(time)
  const isToday = at.toDateString() === new Date().toDateString()
  return html`<time datetime=${time} title=${time}>${isToday ? at.toLocaleTimeString() : at.toLocaleString()}</time>`
}

/** A position with separators, which stays exact. */
export function positionText(position: string): string {
  return BigInt(position).toLocaleString('en')
}

/** A table in a region of its own, which scrolls on narrow screens; a sentence without rows. */
export function tableView(
  label: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  empty: string,
): TemplateResult {
  if (rows.length === 0) return html`<p class="quiet">${empty}</p>`
  return html`<div class="scroll" role="region" aria-label=${label} tabindex="0"><table>
    <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
    <tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell ?? nothing}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

/** In the place of personal data. */
export const maskedView = html`<span class="masked">masked</span>`

export const loadingView = html`<p class="quiet">Loading …</p>`

/** The links to other pages of a list; none where it has one page. */
export function pagesView(
  context: Context,
  first: Route | undefined,
  next: Route | undefined,
): TemplateResult {
  if (!first && !next) return html`${nothing}`
  return html`<p class="pages">${first ? linkView(context, first, 'First page') : nothing}
    ${next ? linkView(context, next, 'Next page') : nothing}</p>`
}
