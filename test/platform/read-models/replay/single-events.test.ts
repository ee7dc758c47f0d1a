// Projections of messages have a branch for a single event. It accepts, refuses and writes what the branch for
// several events does.
import t from 'tap'
import { append, userBlocked, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'

const db = await connect(t, await installedDatabase(t))
const [ann, bob, suspended, departed, both, unknown] = [1, 2, 3, 4, 5, 6].map(idOf) as [
  ...[string, string, string, string, string, string],
]
const users = [ann, bob, suspended, departed, both]
await append(
  db,
  users.map((id) => userRegistered(id)),
)
await append(db, [userBlocked(idOf(10), ann, bob)])
for (const [user, isDeparted, isSuspended] of [
  [suspended, false, true],
  [departed, true, false],
  [both, true, true],
] as const) {
  const row = [user, isDeparted, isSuspended]
  await db.query('insert into read.blocks_17 values ($1, $1, now(), $2, $3, 1)', row)
}
await db.query('set search_path = read, log')

/** What a projection does with messages: the constraint that refuses them, or the rows that it writes. */
async function outcome(table: string, messages: readonly (readonly string[])[]): Promise<unknown> {
  const events = messages.map(
    ([id, from, to]) => `('${id}', '${from}', '${to}', 'x', '2026-01-01', 7)::log.message_sent_3`,
  )
  await db.query('begin')
  try {
    await db.query(`select ${table}_on(array[${events.map((each) => `row${each}`)}])`)
    const { rows } = await db.query(`select to_jsonb(m) as row from ${table} m order by 1`)
    return rows.map(({ row }) => row).filter(({ id }) => id !== idOf(21))
  } catch (error) {
    return (error as { constraint?: string }).constraint
  } finally {
    await db.query('rollback')
  }
}

const refusals: Record<string, readonly string[]> = {
  blocks_17: [
    'accepted',
    ...['blocks_17__blocked', 'blocks_17__recipient_unknown', 'blocks_17__sender_unknown'],
    'blocks_17__suspended',
  ],
  messages_10: ['accepted', 'messages_10__recipient_unknown', 'messages_10__sender_unknown'],
}

for (const table of ['blocks_17', 'messages_10']) {
  t.test(`${table} treats a message alone as it does beside another`, async (t) => {
    const seen = new Set<string>()
    for (const from of [...users, unknown]) {
      for (const to of [...users, unknown]) {
        const message = [idOf(20), from, to]
        const alone = await outcome(table, [message])
        t.strictSame(alone, await outcome(table, [message, [idOf(21), ann, ann]]))
        seen.add(typeof alone === 'string' ? alone : 'accepted')
      }
    }
    t.strictSame([...seen].sort(), refusals[table])
  })
}
