// Search among a million messages of other users: the plan reads only messages that the user sent or
// received. test/features/messages/search.test.ts checks the same for twenty thousand.
import t from 'tap'
import { searchMessages } from '../../src/features/messages/search.ts'
import { writeMessages } from '../bench/history.ts'
import { append, messageSent, userRegistered } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { readsOf } from '../support/plan.ts'

t.test('A search reads none of a million messages of other users', async (t) => {
  const db = await connect(t, await installedDatabase(t))
  const others = Array.from({ length: 1_000 }, (_, n) => idOf(n + 10))
  const [me, friend] = [idOf(1), idOf(2)]
  await append(
    db,
    [me, friend, ...others].map((id) => userRegistered(id)),
  )
  const mine = Array.from({ length: 500 }, (_, n) => messageSent(idOf(n + 5_000), me, friend))
  await append(db, mine)
  await writeMessages(db, others, 1_000_000)
  const page = { order: 'desc', fetch: 51 } as const
  const { nodes, rows } = await readsOf(db, (on) =>
    searchMessages(on, { userId: me }, 'message', page),
  )
  t.equal(rows, 51)
  for (const { type, table, read } of nodes) {
    t.comment(`${type} of ${table}: ${read} rows`)
    t.ok(read <= mine.length)
  }
  const began = performance.now()
  for (let n = 0; n < 20; n += 1) await searchMessages(db, { userId: me }, 'message', page)
  t.comment(`a page of 51 takes ${((performance.now() - began) / 20).toFixed(1)} ms`)
})
