/** *Reports*: the messages that users reported, the open ones first. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { dataOf } from '../api.ts'
import type { Context } from '../context.ts'
import type { Route } from '../route.ts'
import type { ReportTexts, Schemas } from '../state.ts'
import { type Act, actorHeader, actsView, nameView } from './acting.ts'
import { headingView, linkView, loadingView, maskedView, pagesView, timeView } from './parts.ts'

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
  return html`${personalView(context, route, page)}
    <div class="acts">${page.items.map((report) => itemView(context, report))}</div>
    ${page.items.length === 0 ? html`<p class="quiet">${empty}</p>` : nothing}
    ${pagesView(context, route.before ? first : undefined, next || undefined)}`
}

/** The texts of users are masked until the operator asks for them. */
function personalView(context: Context, route: Chosen, page: Schemas['Reports']): TemplateResult {
  const isMasked = page.items.some((report) => hasMasked(context, report))
  const acts = actsView(context, [isMasked && showing(context, route)])
  return isMasked ? html`<h2>Messages and reasons</h2>${nameView()}${acts}` : acts
}

function showing(context: Context, { status, before }: Chosen): Act {
  return showingTexts(context, 'Shows the messages and the reasons', async () => {
    const list = status === 'settled' ? 'settled' : 'open'
    const query = { status: list, personal: 'shown', ...(before && { before }) } as const
    const params = { query, header: actorHeader() }
    return (await dataOf(context.api.GET('/reports', { params }))).items
  })
}

/** The act that shows the texts of the reports that `read` reads with them. */
export function showingTexts(
  { store }: Context,
  what: string,
  read: () => Promise<readonly Report[]>,
): Act {
  return {
    name: 'show',
    title: 'Show personal data',
    promise: `${what} on this page until you leave it. The audit list records your name.`,
    run: async () => {
      const { route } = store.get()
      const found = await read()
      if (store.get().route !== route) return ''
      store.set({ reportTexts: new Map(found.map((report) => [report.id, report])) })
      return ''
    },
  }
}

/** Whether a text of the report is masked that the operator has not asked for. */
export function hasMasked({ store }: Context, { id, masked }: Report): boolean {
  return masked.length > 0 && !store.get().reportTexts.has(id)
}

export function textView(
  { store }: Context,
  report: Report,
  name: keyof ReportTexts,
): TemplateResult | string {
  if (!report.masked.includes(name)) return html`<span class="quiet">erased</span>`
  return store.get().reportTexts.get(report.id)?.[name] ?? maskedView
}

function itemView(context: Context, report: Report): TemplateResult {
  const { id, reportedAt } = report
  const link = linkView(context, { view: 'report', id }, 'Look at this report')
  return html`<section class="act" aria-label=${`Report of a message by ${senderOf(report)}`}>
    ${messageView(context, report)}
    <p>Reported ${timeView(reportedAt)} by ${report.reporter ?? report.reporterId}: ${textView(context, report, 'reason')}</p>
    ${outcomeView(report)}<p>${link}</p></section>`
}

export function senderOf({ reported, reportedId }: Report): string {
  return reported ?? reportedId
}

/** The message as it was when it was reported. */
export function messageView(context: Context, report: Report): TemplateResult {
  return html`<p><strong>${senderOf(report)}</strong> wrote:</p>
    <blockquote>${textView(context, report, 'content')}</blockquote>`
}

export function outcomeView({ isOpen, outcome, actor, settledAt, note }: Report): TemplateResult {
  if (isOpen) return html`${nothing}`
  if (outcome === null)
    return html`<p class="step">Closed without an outcome, because the data of its reporter were erased.</p>`
  return html`<p class="calm">${outcome === 'upheld' ? 'Upheld' : 'Dismissed'} by ${actor} ${timeView(settledAt)}${note ? html`: ${note}` : nothing}</p>`
}
