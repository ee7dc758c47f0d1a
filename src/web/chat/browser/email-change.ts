/** Another e-mail address: at once, or by a link in the e-mail to it. */

import { attempt, type Context } from './api.ts'
import type { Result } from './state.ts'

/** Asks for another address, and shows which one the account has then. */
export async function changeEmail(
  { store, api }: Context,
  { newEmail = '', currentPassword = '' }: Readonly<Record<string, string>>,
): Promise<Result> {
  const body = { newEmail, currentPassword }
  const { problem } = await attempt(api.POST('/users/me/email-changes', { body }))
  if (problem) return { problem }
  const before = store.get().user?.email
  const { data } = await attempt(api.GET('/users/me'))
  if (data) store.set({ user: data })
  return data && data.email !== before
    ? { done: 'Your address was changed. Open the link in the e-mail that we have sent to it.' }
    : { done: 'Open the link in the e-mail to the new address. Until then, the address stays.' }
}
