/** Erases the personal data of a person, where the server has the owner's rights, and shows the progress. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { dataOf } from '../api.ts'
import type { Context } from '../context.ts'
import { followErasure } from '../erasure.ts'
import type { Erasure, Schemas } from '../state.ts'
import { type Act, actorHeader, confirmationView, requireConfirmation } from './acting.ts'
import { linkView } from './parts.ts'

type Account = Schemas['Account']

const title = 'Erase the personal data'

/** The progress of an erasure, or why there is none on this server. */
export function erasureView(context: Context, account: Account): TemplateResult {
  const { hasOwner, erasure } = context.store.get()
  if (erasure?.userId === account.id) return progressView(context, account, erasure)
  return hasOwner === false && account.departedAt === null ? absentView : html`${nothing}`
}

const absentView = html`<section class="act"><h3>${title}</h3>
  <p>Not possible here, because this process has no <code>ADMIN_DATABASE_URL</code>. Only the owner of the database
    can erase. Use the console of a server that has it, or run <code>epistle forget</code>.</p></section>`

/** Whether an operator erases the user now, so that no other act has a purpose. */
export function isBeingErased({ store }: Context, { id }: Account): boolean {
  const { erasure } = store.get()
  if (erasure?.userId !== id) return false
  // After its end, the account is read again.
  return erasure.ended === undefined || erasure.ended.state === 'done'
}

/** What is typed to confirm it. */
function confirmationOf({ id, username, formerUsername }: Account): string {
  return username ?? formerUsername ?? id
}

/** The act, where it is possible and does not run yet. */
export function erasing({ store, api }: Context, account: Account): Act | false {
  const { hasOwner, erasure } = store.get()
  if (!hasOwner || account.departedAt !== null || erasure?.userId === account.id) return false
  const expected = confirmationOf(account)
  return {
    name: 'forget',
    title,
    promise:
      'Replaces the personal data in all events of the user and in every read table, in one transaction. Ids and times ' +
      'stay. All sessions of the user end, and the address and the username are free again. The messages that others ' +
      'received show a deleted user as their sender. Backups still contain the data. This cannot be undone.',
    fields: fieldsView(expected),
    run: async (values) => {
      requireConfirmation(values, expected, 'Nothing was erased.')
      const [reason, messages] = [String(values.get('reason')).trim(), values.get('messages')]
      const body = {
        userId: account.id,
        ...(reason && { reason }),
        ...((messages === 'author' || messages === 'content') && { messages }),
      }
      const job = await dataOf(
        api.POST('/erasures', { params: { header: actorHeader() }, body: body as never }),
      )
      if (store.get().account?.id === account.id) void followErasure(store, api, job)
      return ''
    },
  }
}

function fieldsView(expected: string): TemplateResult {
  return html`<p class="wide"><label for="erasure-reason">Reason, without the name of the user (optional)</label>
      <input id="erasure-reason" name="reason" maxlength="1000" autocomplete="off"></p>
    <p><label for="messages">Messages that the user sent</label>
      <select id="messages" name="messages"><option value="">The default of FORGET_MESSAGES</option>
        <option value="author">Erase only their author</option>
        <option value="content">Erase their text as well</option></select></p>
    ${confirmationView(expected)}`
}

function progressView(context: Context, { departedAt }: Account, erasure: Erasure): TemplateResult {
  const { actor, lines, ended } = erasure
  const again = () => context.store.set({ erasure: undefined })
  const isDone = ended === undefined || ended.state === 'done'
  return html`<section class="act" aria-label=${title}><h3>${title}</h3><p>${actor} started it.</p>
    ${linesView(lines)}
    <p role="status">${ended === undefined ? 'Running …' : isDone ? endView(context, ended) : nothing}</p>
    <p role="alert" class="error">${isDone ? nothing : `${failures[ended.state] ?? ''} ${sentence(ended.detail)}`}</p>
    ${isDone || departedAt !== null ? nothing : html`<p><button @click=${again}>Try again</button></p>`}</section>`
}

function linesView(lines: readonly string[]): TemplateResult {
  if (lines.length === 0) return html`${nothing}`
  return html`<div class="lines" role="log" aria-label="Progress" tabindex="0">${lines.map((line) => html`<p>${line}</p>`)}</div>`
}

const seeAbove = 'The state above shows whether the data are erased.'

/** An erasure is committed before its job ends, because the statistics of the tables are renewed after it. */
const failures: Readonly<Record<string, string>> = {
  refused: 'Refused, and nothing was erased.',
  failed: `It failed. ${seeAbove}`,
  stopped: `It was stopped with its server. ${seeAbove}`,
  lost: seeAbove,
}

/** A detail of the engine begins in lower case, as on the command line. */
function sentence(detail: string | null): string {
  if (detail === null) return ''
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}${detail.endsWith('.') ? '' : '.'}`
}

function endView(context: Context, { result }: Schemas['Job']): TemplateResult {
  const { outcome, position } = result as { outcome?: unknown; position?: unknown }
  const at = linkView(context, { view: 'event', key: String(position) }, `at position ${position}`)
  const when = outcome === 'already_erased' ? 'had been erased before' : 'are erased'
  return html`The personal data ${when}, ${at}.`
}
