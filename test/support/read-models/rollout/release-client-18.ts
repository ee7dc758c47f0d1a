// A client of release 18 in that release's frozen statements: a user sends a message, which is appended alone. Servers of
// earlier releases show it in its conversation, and a message to an unknown user is refused.
import { randomUUID } from 'node:crypto'
import * as release4 from '../../old-releases/release-4.ts'
import * as release18 from '../../old-releases/release-18.ts'
import { run } from '../../old-releases/statement.ts'
import type { SharedState } from './shared-state.ts'

interface Result {
  readonly position?: string
  readonly results?: readonly { readonly constraint?: string }[]
}

export async function client18(state: SharedState): Promise<void> {
  const [from, to] = [state.anyPerson(), state.anyPerson()]
  if (!from || !to) return
  const id = randomUUID()
  const { position } = await send(state, id, from.id, to.id)
  state.expect(Boolean(position), 'a message that is appended alone was not accepted')
  state.messages.push(id)
  const [found] = await run(state.pool(18), release18.findMessage, [id])
  state.expect(found?.dst_id === to.id, `release 18 shows ${JSON.stringify(found)}`)
  if (state.running.has(4)) {
    const [conversation] = await run(state.pool(4), release4.findConversation, [to.id, from.id])
    state.expect(Boolean(conversation), 'release 4 lacks a conversation')
  }
  const { results } = await send(state, randomUUID(), from.id, randomUUID())
  const isRefused = /^messages_\d+__recipient_unknown$/.test(results?.[0]?.constraint ?? '')
  state.expect(isRefused, `a message to an unknown user: ${JSON.stringify(results)}`)
}

async function send(state: SharedState, id: string, from: string, to: string): Promise<Result> {
  const values = [randomUUID(), id, from, to, 'Alone']
  const [row] = await run(state.pool(18), release18.sendMessage, values)
  return row?.result as Result
}
