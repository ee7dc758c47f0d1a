/** What an operator can do with a person: only what the state of the account permits. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { dataOf, operator } from '../api.ts'
import type { Context } from '../context.ts'
import type { Schemas } from '../state.ts'
import { type Act, actorHeader, actsView } from './acting.ts'
import { erasing, erasureView, isBeingErased } from './person-erasure.ts'

type Account = Schemas['Account']

export function personActsView(context: Context, account: Account): TemplateResult {
  const { masked, suspension, departedAt } = account
  const isThere = departedAt === null && !isBeingErased(context, account)
  const acts = [
    masked.length > 0 && !shownOf(context, account) && showing(context, account),
    isThere && (suspension ? reinstating(context, account) : suspending(context, account)),
    isThere && endingSessions(context, account),
    isThere && masked.includes('email') && sendingReset(context, account),
    erasing(context, account),
  ]
  return html`${actsView(context, acts)}${erasureView(context, account)}
    ${departedAt === null ? nothing : html`<p class="quiet">The personal data are erased, so there is nothing left to do.</p>`}`
}

/** The account with its personal data, if the operator asked for them. A suspension since then is not in it. */
export function shownOf({ store }: Context, { id, suspension }: Account): Account | undefined {
  const { shownAccount } = store.get()
  const isSame = shownAccount?.id === id && shownAccount.suspension?.since === suspension?.since
  return isSame ? shownAccount : undefined
}

/** What each request about the user has. */
function about({ id }: Account) {
  return { params: { path: { id }, header: actorHeader() } }
}

function showing({ store, api }: Context, account: Account): Act {
  return {
    name: 'show',
    title: 'Show personal data',
    promise:
      'Shows the address, and why the user is suspended, on this page until you leave it. The audit list records your ' +
      'name.',
    run: async () => {
      const { params } = about(account)
      const query = { personal: 'shown' } as const
      const shown = await dataOf(api.GET('/users/{id}', { params: { ...params, query } }))
      if (store.get().account?.id === shown.id) store.set({ shownAccount: shown })
      return ''
    },
  }
}

function suspending({ api }: Context, account: Account): Act {
  return {
    name: 'suspension',
    title: 'Suspend',
    promise:
      'Ends all sessions. Logins, messages and edits are refused until you reinstate the user. Others can still write ' +
      'to the user. The user finds the reason in the export of their data.',
    fields: html`<p class="wide"><label for="reason">Reason</label>
      <input id="reason" name="reason" required maxlength="1000" autocomplete="off"></p>`,
    run: async (values) => {
      const body = { reason: String(values.get('reason')).trim() }
      const options = { ...about(account), body }
      const { suspension } = await dataOf(api.PUT('/users/{id}/suspension', options))
      if (!suspension) return 'Another operator has reinstated the user already.'
      if (suspension.actor === operator.name()) return 'The user is suspended.'
      return `${suspension.actor} suspended the user before you, so your reason is not recorded.`
    },
  }
}

function reinstating({ api }: Context, account: Account): Act {
  return {
    name: 'suspension',
    title: 'Reinstate',
    promise: 'Ends the suspension. The user can log in again. Earlier sessions stay ended.',
    run: async () => {
      const { history } = await dataOf(api.DELETE('/users/{id}/suspension', about(account)))
      const by = history.find(({ type }) => type === 'reinstated')?.operator
      const isOther = by !== undefined && by !== null && by !== operator.name()
      return isOther ? `${by} reinstated the user before you.` : 'The user is reinstated.'
    },
  }
}

function endingSessions({ api }: Context, account: Account): Act {
  return {
    name: 'end-sessions',
    title: 'End all sessions',
    promise: account.suspension
      ? 'Logs the user out everywhere, at once.'
      : 'Logs the user out everywhere, at once. The user can log in again.',
    run: async () => {
      const { activeSessions } = await dataOf(api.DELETE('/users/{id}/sessions', about(account)))
      return activeSessions === 0
        ? 'All sessions have ended.'
        : 'All sessions have ended, and the user has logged in again since.'
    },
  }
}

function sendingReset({ api }: Context, account: Account): Act {
  return {
    name: 'send-reset',
    title: 'Send a password reset',
    promise:
      'A worker sends the user an e-mail with a link to choose a new password. The limits of e-mails to an address ' +
      'apply. No operator sees the link.',
    run: async () => {
      await dataOf(api.POST('/users/{id}/password-reset', about(account)))
      return 'A worker sends the e-mail.'
    },
  }
}
