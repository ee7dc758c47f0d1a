/** The whole page: the navigation, the state of the readings, and one view; or the form for the token. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { type Route, type View, views } from '../route.ts'
import { auditView } from './audit.ts'
import { eventView } from './event.ts'
import { logView } from './log.ts'
import { matrixView } from './matrix.ts'
import { nowView } from './now.ts'
import { headingView, linkView } from './parts.ts'
import { peopleView } from './people.ts'
import { personView } from './person.ts'
import { reportView } from './report.ts'
import { reportsView } from './reports.ts'
import { statisticsView } from './statistics.ts'
import { streamView } from './stream.ts'
import { tablesView } from './tables.ts'
import { timeTravelView } from './time.ts'
import { tokenView } from './token.ts'
import { upgradeView } from './upgrade.ts'
import { workView } from './work.ts'

/** The view of the navigation that a route belongs to; undefined for an unknown address. */
function navigated({ view }: Route): View | undefined {
  return view === 'unknown' ? undefined : (parents[view as keyof typeof parents] ?? (view as View))
}

/** The views of one thing, and the view of the navigation that leads to them. */
const parents = { event: 'log', person: 'people', report: 'reports' } as const

export function titleOf(route: Route): string {
  const view = navigated(route)
  return view ? views[view] : 'Not found'
}

export function shellView(context: Context): TemplateResult {
  const { token, route } = context.store.get()
  if (token !== 'enough') return tokenView(context)
  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <header><span class="brand">Epistle</span>${navigationView(context, navigated(route))}
      ${freshnessView(context)}</header>
    <main id="main" tabindex="-1">${failureView(context)}
      <p role="status">${context.store.get().notice ?? nothing}</p>${screenView(context)}</main>`
}

function navigationView({ hrefOf }: Context, current: View | undefined): TemplateResult {
  const names = Object.keys(views) as View[]
  return html`<nav aria-label="Views"><ul>${names.map(
    (
      view,
    ) => html`<li><a href=${hrefOf({ view })} aria-current=${view === current ? 'page' : nothing}
      >${views[view]}</a></li>`,
  )}</ul></nav>`
}

function freshnessView({ store }: Context): TemplateResult {
  const { readAt, failure, isHidden } = store.get()
  const at = readAt?.toLocaleTimeString()
  const isOld = failure !== undefined || isHidden
  return html`<p class="freshness quiet">${at ? `${isOld ? 'As of' : 'Live'} ${at}` : nothing}</p>`
}

function failureView({ store, readAgain }: Context): TemplateResult {
  const { failure } = store.get()
  return html`<div role="alert">${
    failure === undefined
      ? nothing
      : html`<p class="failure">${failure} <button @click=${readAgain}>Try again</button></p>`
  }</div>`
}

function screenView(context: Context): TemplateResult {
  const { route } = context.store.get()
  switch (route.view) {
    case 'now':
      return nowView(context)
    case 'matrix':
      return matrixView(context, route)
    case 'tables':
      return tablesView(context, route)
    case 'upgrade':
      return upgradeView(context)
    case 'log':
      return logView(context, route)
    case 'stream':
      return streamView(context, route)
    case 'time':
      return timeTravelView(context, route)
    case 'work':
      return workView(context)
    case 'statistics':
      return statisticsView(context)
    case 'event':
      return eventView(context, route.key)
    case 'people':
      return peopleView(context, route)
    case 'person':
      return personView(context, route.id)
    case 'reports':
      return reportsView(context, route)
    case 'report':
      return reportView(context, route.id)
    case 'audit':
      return auditView(context, route)
    case 'unknown':
      return html`${headingView('Not found')}
        <p>The console has no view with this address. ${linkView(context, { view: 'now' }, 'Go to Now')}</p>`
  }
}
