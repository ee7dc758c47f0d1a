// Verify and rebuild by the copy that the last run kept: they find what a replay of the whole log finds, and
// replay only the events after the copy. A copy that could differ from a replay is not used.
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { type Verification, verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { randomness, write } from '../../../support/racing-writers.ts'
import { damage, populatedDatabase, users } from '../../../support/read-models/rebuild/damage.ts'
import { epistle, finished } from '../../../support/service.ts'

const { url, db } = await populatedDatabase(t)
await write(db, 100, 60, users)
const said: string[] = []
const say = (line: string) => said.push(line)
const sinceLast = (...tables: string[]) => verify(db, directory, tables, say, { sinceLast: true })

/** The differences, without how they were found. */
const differences = (verifications: readonly Verification[]) =>
  verifications.map(({ table, differences, rows }) => ({
    table,
    differences,
    rows: rows.map((row) => JSON.stringify(row)).sort(),
  }))

/** Damages of every kind, to rows that `some` selects. */
const damages: readonly ((some: string) => string)[] = [
  (some) => `delete from read.users_2 where ${some}`,
  (some) => `update read.users_2 set registered_at = 'epoch' where ${some}`,
  (some) => `update read.messages_10 set sent_at = 'epoch' where ${some}`,
  (some) => `delete from read.messages_10 where ${some}`,
  (some) =>
    `update read.conversations_4 set read_by_least_position = read_by_least_position + 1 where ${some}`,
  (some) => `update read.message_statistics_7 set messages_sent = messages_sent + 1 where ${some}`,
  (some) => `delete from read.sessions_2 where ${some}`,
  () => `insert into read.verified_emails_8
    select id, 'never@example.com', now(), 1 from read.user_ids_0
    where id not in (select user_id from read.verified_emails_8) order by id limit 1`,
]

t.test('A first run without a copy replays the whole log and keeps a copy', async (t) => {
  const found = await sinceLast()
  t.ok(said.includes('no copy is kept, so the whole log is replayed'))
  t.ok(found.every(({ replayedAfter }) => replayedAfter === '0'))
  // The last hundred events are replayed only to compare, so the copy does not contain them.
  t.match(
    await sinceLast(),
    found.map(({ table }) => ({ table, replayedAfter: /^[1-9]/ })),
  )
})

t.test('Verify with a copy finds the damage that a replay of the whole log finds', async (t) => {
  let reached = 0
  for (let seed = 1; seed <= 2; seed += 1) {
    const random = randomness(seed)
    // A copy lacks the last hundred events, and must be carried further by those that come.
    await write(db, 100 + seed, 150, users)
    for (const make of damages) {
      if (random() < 0.5)
        await damage(db, make(`hashtext(ctid::text) % 7 = ${Math.floor(random() * 7)}`))
    }
    const whole = differences(await verify(db, directory, [], say))
    const found = await sinceLast()
    t.strictSame(differences(found), whole)
    const [first] = found
    t.ok(found.every(({ replayedAfter }) => replayedAfter === first?.replayedAfter))
    t.ok(Number(first?.replayedAfter) > reached, 'the copy moved on')
    reached = Number(first?.replayedAfter)
    for (const { table, differences } of whole.filter(({ differences }) => differences > 0)) {
      t.equal(await rebuild(db, directory, table, say, { sinceLast: true }), differences, table)
    }
    t.ok((await sinceLast()).every(({ differences }) => differences === 0))
  }
  t.strictSame(
    (await verify(db, directory, [], say)).filter((each) => each.differences > 0),
    [],
  )
})

t.test('A table that the copy lacks is replayed whole, and joins the copy', async (t) => {
  await verify(db, directory, ['users_2'], say, { keep: true })
  const found = await sinceLast('users_2', 'messages_10')
  t.match(found, [
    { table: 'users_2', replayedAfter: /^[1-9]/, differences: 0 },
    { table: 'messages_10', replayedAfter: '0', differences: 0 },
  ])
  t.match(await sinceLast('messages_10'), [{ replayedAfter: /^[1-9]/, differences: 0 }])
})

t.test('The command prints what was compared with the copy', async (t) => {
  const { stdout } = await finished(
    epistle(t, ['verify', 'users_2', '--since-last'], { env: { DATABASE_URL: url } }),
  )
  t.match(
    stdout,
    /^users_2 matches the log at position \d+ \(up to position \d+: the kept copy\)$/m,
  )
})

for (const [title, change, why] of [
  [
    'changed by hand',
    `update epistle_verified.users_2 set email = 'other@example.com' where id = '${users[0]}'`,
    /^the kept copy was changed by hand/,
  ],
  [
    'made by another machinery',
    `update engine.sources set sha256 = 'other' where file = (select min(file) from engine.sources)`,
    /^a release, the machinery, the read tables or erased events have changed since/,
  ],
] as const) {
  t.test(`A copy that was ${title} is not used`, async (t) => {
    await sinceLast()
    await db.query(change)
    said.length = 0
    const found = await sinceLast()
    t.ok(
      said.some((line) => why.test(line)),
      said.join('; '),
    )
    t.ok(found.every((each) => each.replayedAfter === '0' && each.differences === 0))
  })
}
