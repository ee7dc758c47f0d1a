/** *Reports*: the messages that users reported, the open ones first. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import type { Route } from '../route.ts'
import type { Schemas } from '../state.ts'
import { headingView, linkView, loadingView, pagesView, timeView } from './parts.ts'

type Chosen = Extract<Route, { view: 'reports' }>
type Report = Schemas['Report']

export function reportsView(context: Context, route: Chosen): TemplateResult {
  const { reports, failure } = context.store.get()
  const isSettled = route.status === 'settled'
  return html`${headingView('Reports')}${listsView(context, isSettled, reports?.open)}
    ${reports ? pageView(context, route, reports) : failure ? nothing : loadingView}`
}

function listsView({ hrefOf }: Context, isSettled: boolean, open = 0): TemplateResult {
  const link = (route: Route, text: string, isCurrent: boolean) =>
    html`<li><a href=${hrefOf(route)} aria-current=${isCurrent ? 'page' : nothing}>${text}</a></li>`
  return html`<nav aria-label="Lists of reports"><ul>
    ${link({ view: 'reports' }, open > 0 ? `Open (${open})` : 'Open', !isSettled)}
    ${link({ view: 'reports', status: 'settled' }, 'Settled', isSettled)}</ul></nav>`
}

function pageView(context: Context, route: Chosen, page: Schemas['Reports']): TemplateResult {
  const empty = route.status === 'settled' ? 'No report is settled yet.' : 'No report is open.'
  const { before: _, ...first } = route
  const next = page.nextCursor && { ...first, before: page.nextCursor }
  return html`<div class="acts">${page.items.map((report) => itemView(context, report))}</div>
    ${page.items.length === 0 ? html`<p class="quiet">${empty}</p>` : nothing}
    ${pagesView(context, route.before ? first : undefined, next || undefined)}`
}

function itemView(context: Context, report: Report): TemplateResult {
  const { id, reportedAt } = report
  const link = linkView(context, { view: 'report', id }, 'Look at this report')
  return html`<section class="act" aria-label=${`Report of a message by ${senderOf(report)}`}>
    ${messageView(report)}
    <p>Reported ${timeView(reportedAt)} by ${report.reporter ?? report.reporterId}: ${report.reason || html`<span class="quiet">the reason was erased</span>`}</p>
    ${outcomeView(report)}<p>${link}</p></section>`
}

export function senderOf({ reported, reportedId }: Report): string {
  return reported ?? reportedId
}

/** The message as it was when it was reported. */
export function messageView(report: Report): TemplateResult {
  const { content } = report
  return html`<p><strong>${senderOf(report)}</strong> wrote:</p>
    <blockquote>${content || html`<span class="quiet">The text was erased.</span>`}</blockquote>`
}

export function outcomeView({ isOpen, outcome, actor, settledAt, note }: Report): TemplateResult {
  if (isOpen) return html`${nothing}`
  if (outcome === null)
    return html`<p class="step">Closed without an outcome, because the data of its reporter were erased.</p>`
  return html`<p class="calm">${outcome === 'upheld' ? 'Upheld' : 'Dismissed'} by ${actor} ${timeView(settledAt)}${note ? html`: ${note}` : nothing}</p>`
}
