/** Reporting a received message to the operators. */

import { attempt, type Context } from './api.ts'
import type { Result } from './state.ts'

/** Sends the report of the message that is being reported. */
export async function sendReport({ store, api }: Context, reason: string): Promise<Result> {
  const id = store.get().reporting
  if (id === undefined) return {}
  const options = { params: { path: { id } }, body: { reason } }
  const { problem } = await attempt(api.POST('/messages/{id}/reports', options))
  if (problem) return { problem }
  store.set({ reporting: undefined, announcement: 'The message was reported.' })
  return { done: 'The message was reported. The operators of this server will read it.' }
}

export function stopReporting({ store }: Context): void {
  store.set({ reporting: undefined, form: undefined })
  setTimeout(() => document.getElementById('content')?.focus())
}
