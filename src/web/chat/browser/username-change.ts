/** Another username. */

import { attempt, type Context } from './api.ts'
import type { Result } from './state.ts'

/** Changes the username, and shows it. */
export async function changeUsername(
  { store, api }: Context,
  { username = '' }: Readonly<Record<string, string>>,
): Promise<Result> {
  const { problem } = await attempt(api.PUT('/users/me/username', { body: { username } }))
  if (problem) return { problem }
  const { data } = await attempt(api.GET('/users/me'))
  if (data) store.set({ user: data })
  return { done: 'Your username was changed. The earlier one stays reserved for you for 30 days.' }
}
