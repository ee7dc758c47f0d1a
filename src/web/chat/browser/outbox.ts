/**
 * Sends messages one after the other, in the order in which they were written. A lost connection or a busy server
 * delays them: each is sent again with the same `Idempotency-Key`, so it is stored once.
 */

import { attempt, type Context } from './api.ts'
import { textOf } from './texts.ts'

const temporary = new Set(['unreachable', 'unavailable', 'overloaded', 'unknown_event'])
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
  const user = context.store.get().user?.id
  last = last.then(async () => {
    while (context.store.get().user?.id === user && !(await deliver(context, to, pending))) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  })
}

/** Whether the server has answered, so that the next message can follow. */
async function deliver({ store, api }: Context, to: string, pending: Outgoing): Promise<boolean> {
  const { clientId, content } = pending
  const header = { 'Idempotency-Key': clientId }
  const options = { params: { header }, body: { to, content, clientId } }
  const { data, problem } = await attempt(api.POST('/messages', options))
  if (data) store.dispatch({ type: 'messages', messages: [{ ...data, clientId }] })
  else if (temporary.has(problem.code)) return false
  else
    store.dispatch({ type: 'pending', id: to, pending: { ...pending, refusal: textOf(problem) } })
  return true
}
