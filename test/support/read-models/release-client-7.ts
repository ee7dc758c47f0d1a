// What servers of release 7 say over and over: they count and look back, in that release's frozen
// statements, and find what every other release has written.
import { randomUUID } from 'node:crypto'
import * as release3 from '../old-releases/release-3.ts'
import * as release7 from '../old-releases/release-7.ts'
import { run } from '../old-releases/statement.ts'
import type { SharedState } from './shared-state.ts'

export async function speak7(state: SharedState): Promise<void> {
  const [from, to] = [state.anybody(), state.anybody()]
  if (!from || !to) return
  const pool = state.pool(7)
  const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: 'Counted.' }
  const commands = JSON.stringify(release3.messageSent(message))
  await run(pool, release7.append, [commands])
  state.messages.push(message.id)
  const [first] = await run(pool, release7.listHistory, [from.id])
  state.expect(first?.what === 'registered', `a history begins with ${first?.what}`)
  const [count] = await run(pool, release7.countBeside, [])
  const { messages, users, messagesThere, usersThere } = count ?? {}
  const right = messages === messagesThere && users === usersThere
  state.expect(right, `counted are ${JSON.stringify(count)}`)
}
