/**
 * Sends messages one after the other, in the order in which they were written. A lost connection or a busy server
 * delays them: the client sends each again with the same `Idempotency-Key`, so it is stored once.
 */

import { attempt, type Context } from './api.ts'
import { textOf } from './texts.ts'

let user = new AbortController()
let last: Promise<void> = Promise.resolve()
let count = 0

/** Shows the message at once and sends it after those before it. */
export function send(context: Context, to: string, content: string): void {
  const clientId = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) =>
    n.toString(36),
  ).join('')
  count += 1
  queue(context, to, { clientId, number: count, content })
}

/** Sends a refused message again. */
export function resend(context: Context, to: string, clientId: string): void {
  const pending = context.store.get().threads[to]?.pending.find((one) => one.clientId === clientId)
  if (!pending) return
  const { content, number } = pending
  queue(context, to, { clientId, content, number })
}

interface Outgoing {
  readonly clientId: string
  readonly number: number
  readonly content: string
}

function queue(context: Context, to: string, pending: Outgoing): void {
  context.store.dispatch({ type: 'pending', id: to, pending })
  const { signal } = user
  last = last.then(() => deliver(context, to, pending, signal))
}

/** Sends nothing more of what is waiting: the cookie may be another user's from now on. */
export function forgetWaiting(): void {
  user.abort()
  user = new AbortController()
}

async function deliver(
  { store, api }: Context,
  to: string,
  pending: Outgoing,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const { clientId, content } = pending
  const header = { 'Idempotency-Key': clientId }
  const options = { params: { header }, body: { to, content, clientId }, signal }
  const { data, problem } = await attempt(api.POST('/messages', options))
  if (signal.aborted) return
  if (data) store.dispatch({ type: 'messages', messages: [{ ...data, clientId }] })
  else
    store.dispatch({ type: 'pending', id: to, pending: { ...pending, refusal: textOf(problem) } })
}
