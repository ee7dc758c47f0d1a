/** The deletion of the account. */

import { attempt, type Context } from './api.ts'
import { drafts } from './drafts.ts'
import type { Result } from './state.ts'

/** Deletes the account and shows the login, with what the user can do now. */
export async function deleteAccount(
  { store, api }: Context,
  { currentPassword = '' }: Readonly<Record<string, string>>,
): Promise<Result> {
  const { problem } = await attempt(api.POST('/users/me/deletion', { body: { currentPassword } }))
  if (problem) return { problem }
  drafts.clear()
  store.dispatch({ type: 'loggedOut' })
  return {
    done: 'Your account was deleted. For 30 days, the link in the e-mail that we have sent you restores it.',
  }
}
