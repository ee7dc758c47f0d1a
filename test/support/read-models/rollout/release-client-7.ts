// A client of release 7 in that release's frozen statements: it sends a message, reads a history, and
// compares the counters with everything that clients of all releases have written.
import { randomUUID } from 'node:crypto'
import * as release3 from '../../old-releases/release-3.ts'
import * as release7 from '../../old-releases/release-7.ts'
import { run } from '../../old-releases/statement.ts'
import type { SharedState } from './shared-state.ts'

export async function client7(state: SharedState): Promise<void> {
  const [from, to] = [state.anyPerson(), state.anyPerson()]
  if (!from || !to) return
  const pool = state.pool(7)
  const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: 'Counted.' }
  await run(pool, release7.append, [JSON.stringify(release3.messageSent(message))])
  state.messages.push(message.id)
  const [first] = await run(pool, release7.listHistory, [from.id])
  state.expect(first?.what === 'registered', `a history begins with ${first?.what}`)
  const [count] = await run(pool, release7.countBeside, [])
  const { messages, users, messagesThere, usersThere } = count ?? {}
  const right = messages === messagesThere && users === usersThere
  state.expect(right, `the counters are wrong: ${JSON.stringify(count)}`)
}
