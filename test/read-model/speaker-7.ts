// What servers of release 7 say over and over: they count, look back and search, in that release's
// frozen statements, and find what every other release has written.
import { randomUUID } from 'node:crypto'
import * as release3 from '../db/fixtures/release-3.ts'
import * as release7 from '../db/fixtures/release-7.ts'
import { run } from '../db/fixtures/statement.ts'
import type { World } from './world.ts'

export async function speak7(world: World): Promise<void> {
  const [from, to, other] = [world.anybody(), world.anybody(), world.anybody()]
  if (!from || !to || !other) return
  const pool = world.pool(7)
  const word = randomUUID().replaceAll('-', '')
  const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: `Found ${word}.` }
  const commands = JSON.stringify(release3.messageSent(message))
  await run(pool, release7.append, [commands])
  world.messages.push(message.id)
  for (const reader of [from, to, other]) {
    const found = await run(pool, release7.findByWord, [word, reader.id])
    const his = reader.id === from.id || reader.id === to.id
    world.expect(found.length === (his ? 1 : 0), `a word is found ${found.length} times`)
  }
  const [first] = await run(pool, release7.listHistory, [from.id])
  world.expect(first?.what === 'registered', `a history begins with ${first?.what}`)
  const [count] = await run(pool, release7.countBeside, [])
  const { messages, users, messagesThere, usersThere } = count ?? {}
  const right = messages === messagesThere && users === usersThere
  world.expect(right, `counted are ${JSON.stringify(count)}`)
}
