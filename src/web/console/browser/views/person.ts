/** One person: the state of the account, what an operator can do with it, and its history. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { countOf } from '../rate.ts'
import type { Schemas } from '../state.ts'
import { nameView } from './acting.ts'
import { headingView, linkView, loadingView, maskedView, tableView, timeView } from './parts.ts'
import { personActsView, shownOf } from './person-acts.ts'
import { isBeingErased } from './person-erasure.ts'

type Account = Schemas['Account']

export function personView(context: Context, id: string): TemplateResult {
  const { account, failure } = context.store.get()
  const back = html`<p>${linkView(context, { view: 'people' }, 'Find another person')}</p>`
  if (account?.id !== id.toLowerCase())
    return html`${headingView('Person')}${back}${failure ? nothing : loadingView}`
  return html`${headingView(nameOf(account))}${back}${stateView(context, account)}
    ${factsView(context, account)}
    <h2>What you can do</h2>${account.departedAt === null ? nameView() : nothing}${personActsView(context, account)}
    <h2>History</h2>${historyView(account)}`
}

/** The username, also that of a deleted account. */
export function nameOf({ username, formerUsername, departedAt }: Account): string {
  const none = departedAt === null ? 'A user without a username' : 'An erased user'
  return username ?? formerUsername ?? none
}

function stateView(context: Context, account: Account): TemplateResult {
  const { suspension, restorableUntil, departedAt, erasedBy } = account
  if (departedAt !== null) {
    const by = erasedBy === null ? '' : ` by ${erasedBy}`
    return html`<p class="step">The personal data were erased ${timeView(departedAt)}${by}.</p>`
  }
  const { erasure } = context.store.get()
  if (isBeingErased(context, account)) {
    return html`<p class="step">${erasure?.actor} is erasing the personal data.</p>`
  }
  const left =
    restorableUntil === null
      ? nothing
      : html`<p class="step">Leaving: the user deleted the account and can restore it until ${timeView(restorableUntil)}. Then a worker erases the personal data.</p>`
  const suspended =
    suspension === null
      ? nothing
      : html`<p class="concern"><strong>Suspended</strong> since ${timeView(suspension.since)} by ${suspension.actor}. The reason: ${reasonView(context, account)}</p>`
  const isActive = left === nothing && suspended === nothing
  return html`${isActive ? html`<p class="calm">Active</p>` : nothing}${suspended}${left}`
}

function factsView(context: Context, account: Account): TemplateResult {
  const { id, username, registeredAt, activeSessions, reports, emailVerified, masked } = account
  const verified = emailVerified ? 'verified' : 'not verified'
  const former = masked.includes('formerEmail') && addressView(context, account, 'formerEmail')
  const facts = [
    ['Id', id],
    ['Username', username ?? 'none'],
    [
      'Address',
      account.masked.includes('email')
        ? html`${addressView(context, account, 'email')}, ${verified}`
        : 'none',
    ],
    ...(former ? [['Address before the deletion', former]] : []),
    ['Registered', timeView(registeredAt)],
    ['Active sessions', activeSessions],
    ['Reports of messages', reportsText(reports)],
    ['Events', linkView(context, { view: 'stream', id }, 'The stream of this user')],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** Masked until the operator asked for it. */
function addressView(
  context: Context,
  account: Account,
  name: 'email' | 'formerEmail',
): TemplateResult | string {
  return shownOf(context, account)?.[name] ?? maskedView
}

function reasonView(context: Context, account: Account): TemplateResult | string {
  if (!account.masked.includes('suspension.reason')) return 'erased'
  return shownOf(context, account)?.suspension?.reason ?? maskedView
}

function reportsText({ open, upheld, dismissed }: Account['reports']): string {
  const all = open + upheld + dismissed
  if (all === 0) return 'none'
  return `${countOf(all, 'report')}: ${open} open, ${upheld} upheld, ${dismissed} dismissed`
}

function historyView({ history, departedAt }: Account): TemplateResult {
  const empty = departedAt === null ? 'Nothing has happened yet.' : 'The history was erased, too.'
  const rows = history.map(({ occurredAt, type, operator }) => [
    timeView(occurredAt),
    type.replaceAll('_', ' '),
    operator ?? html`<span class="quiet">the user</span>`,
  ])
  return tableView('History', ['When', 'What', 'By'], rows, empty)
}
