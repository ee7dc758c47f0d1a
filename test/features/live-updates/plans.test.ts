// What a catch-up reads of a long log: a page along each index, however many events other users have
// and however many of the user's own lie outside the page.
import t from 'tap'
import { listOwnEventsAfter, ownPageLength } from '../../../src/features/live-updates/queries.ts'
import { writeMessages } from '../../bench/history.ts'
import { append, messageSent, userRegistered } from '../../support/append-requests.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { readsOf } from '../../support/plan.ts'

const db = await connect(t, await installedDatabase(t))
const busy = Array.from({ length: 50 }, (_, n) => idOf(n + 1))
const quiet = idOf(60)
/** With these, a user is found by index: a table of one page is read whole. */
const others = Array.from({ length: 1_000 }, (_, n) => idOf(10_000 + n))
await append(
  db,
  [...busy, quiet, ...others].map((user) => userRegistered(user)),
)
await append(
  db,
  [101, 102, 103].map((n) => messageSent(idOf(n), quiet, quiet)),
)
await db.query(
  `insert into log.message_edited_5 (id, message_id, src_id, dst_id, content)
   select log.uuid_v7(), id, src_id, dst_id, 'edited' from log.message_sent_3`,
)
await writeMessages(db, busy, 20_000)
await db.query(
  `insert into log.message_edited_5 (id, message_id, src_id, dst_id, content)
   select log.uuid_v7(), id, src_id, dst_id, 'edited' from log.message_sent_3
   where position > 2000 order by position limit 2000`,
)
await db.query(
  `insert into log.conversation_read_4 (id, user_id, with_id, up_to, up_to_position)
   select log.uuid_v7(), dst_id, src_id, id, position from log.message_sent_3
   where src_id <> dst_id order by position limit 2000`,
)
await db.query('vacuum analyze')

t.test('A catch-up of few events reads only these, however far back it starts', async (t) => {
  const { nodes, rows } = await readsOf(db, (on) => listOwnEventsAfter(on, quiet, 0n))
  t.equal(rows, 6)
  t.ok(nodes.some(({ table }) => table.startsWith('message_edited_5')))
  for (const { type, table, read } of nodes) t.ok(read <= 6, `${type} of ${table} reads ${read}`)
})

t.test('A catch-up of thousands of events reads one page of each kind', async (t) => {
  for (const position of [0n, 10_000n]) {
    const { nodes, rows } = await readsOf(db, (on) =>
      listOwnEventsAfter(on, busy[0] ?? '', position),
    )
    t.equal(rows, ownPageLength)
    for (const { type, table, read } of nodes) {
      t.ok(read <= 2 * ownPageLength, `${type} of ${table} reads ${read}`)
    }
  }
})
