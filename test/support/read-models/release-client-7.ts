// What servers of release 7 say over and over: they count and look back, in that release's frozen
// statements, and find what every other release has written.
import { randomUUID } from 'node:crypto'
import * as release3 from '../old-releases/release-3.ts'
import * as release7 from '../old-releases/release-7.ts'
import { run } from '../old-releases/statement.ts'
import type { World } from './traffic-state.ts'

export async function speak7(world: World): Promise<void> {
  const [from, to] = [world.anybody(), world.anybody()]
  if (!from || !to) return
  const pool = world.pool(7)
  const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: 'Counted.' }
  const commands = JSON.stringify(release3.messageSent(message))
  await run(pool, release7.append, [commands])
  world.messages.push(message.id)
  const [first] = await run(pool, release7.listHistory, [from.id])
  world.expect(first?.what === 'registered', `a history begins with ${first?.what}`)
  const [count] = await run(pool, release7.countBeside, [])
  const { messages, users, messagesThere, usersThere } = count ?? {}
  const right = messages === messagesThere && users === usersThere
  world.expect(right, `counted are ${JSON.stringify(count)}`)
}
