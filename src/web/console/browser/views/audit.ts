/** *Audit*: who did what, and when: every act of an operator, the last one first. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import type { Route } from '../route.ts'
import type { Schemas } from '../state.ts'
import { headingView, linkView, loadingView, pagesView, tableView, timeView } from './parts.ts'

type Act = Schemas['Act']

/** Acts in words. One without words here, of a newer release, has its name. */
const words: Readonly<Record<string, string>> = {
  suspend: 'suspend a user',
  reinstate: 'reinstate a user',
  end_sessions: 'end the sessions of a user',
  send_reset: 'send a password reset',
  forget: 'erase personal data',
  cancel_job: 'cancel a job',
  settle: 'settle a report',
  show_personal: 'show personal data',
  find_by_address: 'find a user by address',
  retry_tasks: 'retry tasks',
  drop_tasks: 'drop tasks',
  install: 'install a release',
  verify: 'verify tables',
  rebuild: 'rebuild tables',
  demote: 'demote tables',
  retire: 'retire tables',
  webhook_add: 'add a webhook',
  webhook_rotate: 'rotate the secret of a webhook',
  webhook_enable: 'enable a webhook',
  webhook_disable: 'disable a webhook',
  webhook_remove: 'remove a webhook',
  webhook_replay: 'replay events to a webhook',
}

const outcomes = {
  done: 'done',
  refused: html`<strong>refused</strong>`,
  failed: html`<strong>failed</strong>`,
  stopped: html`<strong>stopped</strong>`,
  cancelled: html`<strong>cancelled</strong>`,
} as const

export function auditView(context: Context, { before }: { before?: string }): TemplateResult {
  const { audit, failure } = context.store.get()
  const about = html`<p class="quiet">An act is listed before it begins. While it has no result, it is running, or its server
    or command has died. The log also has the acts on users and reports.</p>`
  if (!audit)
    return html`${headingView('Audit')}${about}${failure === undefined ? loadingView : nothing}`
  const rows = audit.items.map((act) => [
    timeView(act.at),
    act.actor,
    words[act.act] ?? act.act,
    subjectView(context, act),
    html`${act.outcome === null ? html`<span class="quiet">none yet</span>` : outcomes[act.outcome]}${resultText(act)}`,
  ])
  const first: Route = { view: 'audit' }
  const next: Route | undefined = audit.nextCursor
    ? { ...first, before: audit.nextCursor }
    : undefined
  const columns = ['When', 'Who', 'What', 'About', 'Result']
  return html`${headingView('Audit')}${about}
    ${tableView('Acts of operators', columns, rows, 'No operator has done anything yet.')}
    ${pagesView(context, before ? first : undefined, next)}`
}

/** Why, or how many tasks of which process managers. */
function resultText({ detail, result }: Act): string {
  const counts = Object.entries(result?.processes ?? {}).map(
    ([name, count]) => `${count} of ${name}`,
  )
  const texts = detail ? [detail, ...counts] : counts
  return texts.length > 0 ? `: ${texts.join(', ')}` : ''
}

const onUsers = ['suspend', 'reinstate', 'end_sessions', 'send_reset', 'forget', 'find_by_address']

function subjectView(context: Context, act: Act): TemplateResult | string {
  const { act: name, subject } = act
  if (subject === null) return argumentsText(act.arguments) || (everything[name] ?? '')
  if (onUsers.includes(name))
    return linkView(context, { view: 'person', id: subject }, `user ${subject}`)
  if (name === 'settle')
    return linkView(context, { view: 'report', id: subject }, `report ${subject}`)
  return subject
}

/** What an act without arguments is about. */
const everything: Readonly<Record<string, string>> = {
  install: 'the newest release',
  verify: 'all live tables',
  retire: 'all tables that no server or worker reads',
}

/** Such as the names of the tables. */
function argumentsText(given: Act['arguments']): string {
  return Object.entries(given)
    .filter(([, value]) => value !== false && String(value) !== '')
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join('; ')
}
