// A read table as of a moment: for every moment of a history it has the rows that the table had then.
import type { ClientBase } from 'pg'
import t from 'tap'
import { showVerb } from '../../../../src/cli/show.ts'
import { keyColumns } from '../../../../src/platform/read-models/primary-keys.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import {
  type Moment,
  type Row,
  withTableAsOf,
} from '../../../../src/platform/read-models/replay/table-as-of.ts'
import { append, messageSent, passwordChanged } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect } from '../../../support/installed.ts'
import { write } from '../../../support/racing-writers.ts'
import { liveTables } from '../../../support/read-models/contents.ts'
import { nextVersion } from '../../../support/read-models/next-version.ts'
import { populatedDatabase, users } from '../../../support/read-models/rebuild/damage.ts'
import { epistle, finished, start } from '../../../support/service.ts'

const { url, db } = await populatedDatabase(t)
await db.query(`set time zone 'UTC'`)
const operator = await connect(t, url)
const tables = await liveTables(db)

async function asOf(table: string, moment: Moment): Promise<readonly Row[]> {
  const say = () => undefined
  return withTableAsOf(operator, dbDirectory, { table, moment }, say, async ({ rows }) => {
    const all: Row[] = []
    for await (const some of rows) all.push(...some)
    return all
  })
}

/** The rows that a table has now, as text. */
async function currentRows(table: string): Promise<readonly Row[]> {
  const { rows: columns } = await db.query<{ name: string }>(
    `select string_agg(format('%I::text', attname), ', ' order by attnum) as name
     from pg_attribute where attrelid = $1::regclass and attnum > 0`,
    [`read.${table}`],
  )
  const keys = (await keyColumns(db, table)).map((key) => `r.${key}`).join(', ')
  const { rows } = await db.query<{ row: Row }>(
    `select array[${columns[0]?.name}] as row from read.${table} r order by ${keys}`,
  )
  return rows.map(({ row }) => row)
}

/** Position and time of the newest event. */
async function head(client: ClientBase): Promise<{ position: string; at: string }> {
  const { rows } = await client.query(
    `select position::text, to_char(recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
     from log.events e order by e.position desc limit 1`,
  )
  return rows[0]
}

/** Moments of the history, with the rows that every table had then. */
const moments: { position: string; at: string; held: Map<string, readonly Row[]> }[] = []
for (let step = 0; step < 3; step += 1) {
  const held = new Map<string, readonly Row[]>()
  for (const table of tables) held.set(table, await currentRows(table))
  moments.push({ ...(await head(db)), held })
  const [first = '', second = ''] = users
  await append(db, [messageSent(idOf(7_000 + step), first, second)])
  await write(db, step + 2, 30, users)
}

t.test('A table as of a position has the rows that it had then', async (t) => {
  for (const { position, held } of moments) {
    for (const table of tables) {
      t.strictSame(await asOf(table, { position }), held.get(table), `${table} at ${position}`)
    }
  }
  t.strictSame(
    await asOf('messages_3', { position: '0' }),
    [],
    'no row exists before the first event',
  )
})

t.test('A table as of an instant has the rows at the end of that millisecond', async (t) => {
  const { rows } = await db.query<{ at: string; sent: number }>(
    `select to_char(recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"') as at,
       (select count(*)::int from log.message_sent_3 earlier
        where date_trunc('milliseconds', earlier.recorded_at)
          <= date_trunc('milliseconds', sent.recorded_at)) as sent
     from log.message_sent_3 sent order by sent.position limit 3`,
  )
  t.equal(rows.length, 3)
  for (const { at, sent } of rows) {
    t.equal((await asOf('messages_10', { instant: new Date(at) })).length, sent, at)
  }
  t.strictSame(await asOf('messages_10', { instant: new Date('2020-01-01T00:00:00Z') }), [])
})

t.test('A future moment and an unknown table are refused', async (t) => {
  const { position } = await head(db)
  await t.rejects(asOf('users_2', { position: `${BigInt(position) + 1n}` }), {
    name: 'MaintenanceError',
    message: /position \d+ does not exist yet \(the log is at \d+\)/,
  })
  await t.rejects(asOf('users_2', { instant: new Date('2999-01-01T00:00:00Z') }), {
    name: 'MaintenanceError',
  })
  await t.rejects(asOf('people', { position }), {
    message: /unknown read table "people"; choose one of /,
  })
})

t.test('epistle show prints the rows as of a position and leaves no shadow', async (t) => {
  const [user = ''] = users
  const { position } = await head(db)
  await append(db, [
    messageSent(idOf(8_000), user, user),
    { events: [{ ...sent(idOf(8_001), user, 'two\nlines\u001b'), stream_id: idOf(8_001) }] },
  ])
  const env = { DATABASE_URL: url }
  const args = ['show', '--at', `${BigInt(position) + 2n}`, 'messages_3']
  const plain = await finished(epistle(t, args, { env }))
  t.equal(plain.code, 0)
  const [first, ...lines] = plain.stdout.trimEnd().split('\n')
  t.equal(first, 'id | src_id | dst_id | content | sent_at | position')
  t.equal(lines.length, (await currentRows('messages_3')).length)
  t.match(plain.stdout, `${idOf(8_001)} | ${user} | ${user} | two\\u000alines\\u001b | `)
  const json = await finished(epistle(t, [...args, '--json'], { env }))
  const { rows, ...header } = JSON.parse(json.stdout)
  t.strictSame(header, { table: 'messages_3', position: args[2] })
  t.equal(rows.length, lines.length)
  t.match(rows.at(-1), { id: idOf(8_001), content: 'two\nlines\u001b' })
  const empty = await finished(epistle(t, ['show', '--at', '0', 'users_2', '--json'], { env }))
  t.strictSame(JSON.parse(empty.stdout), { table: 'users_2', position: '0', rows: [] })
  const { rows: left } = await db.query(`select from pg_namespace where nspname = 'shadow'`)
  t.equal(left.length, 0)
})

/** A message with this content, without its stream. */
function sent(id: string, user: string, content: string) {
  const data = { id, src_id: user, dst_id: user, content }
  return { stream_version: 1, type: 'message_sent_3', data }
}

t.test('epistle show ends without error when its reader stops after a line', async (t) => {
  const [user = ''] = users
  const content = 'x'.repeat(10_000)
  const long = Array.from({ length: 30 }, (_, n) => idOf(9_000 + n)).map((id) => ({
    events: [{ ...sent(id, user, content), stream_id: id }],
  }))
  await append(db, long)
  const command = `"${process.execPath}" src/main.ts show --at "$AT" messages_3 | head -n 1`
  const env = { DATABASE_URL: url, AT: (await head(db)).position }
  const { stdout, stderr } = await finished(start(t, ['sh', '-c', command], { env }))
  t.equal(stdout, 'id | src_id | dst_id | content | sent_at | position\n')
  t.notMatch(stderr, /EPIPE|^ +at /m)
})

t.test('epistle show refuses a malformed moment and anything but one table', async (t) => {
  const env = { DATABASE_URL: url }
  for (const [at, tables, message] of [
    ['17', [], /name exactly one table/],
    ['17', ['users_2', 'users_1'], /name exactly one table/],
    ['noon', ['users_2'], /a position or a time like .*, not "noon"/],
    ['9223372036854775808', ['users_2'], /a position or a time/],
    ['2026-02-29T00:00:00Z', ['users_2'], /a position or a time/],
  ] as const) {
    await t.rejects(
      showVerb.run({ at }, tables),
      { name: 'UsageError', message },
      `${at} ${tables}`,
    )
  }
  for (const [args, complaint] of [
    [['users_2'], /add --at with a position or a time/],
    [['--at', '17', 'users_x'], /unknown read table "users_x"; choose one of /],
  ] as const) {
    const { code, stdout, stderr } = await finished(epistle(t, ['show', ...args], { env }))
    t.equal(code, 1, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, complaint)
  }
})

t.test('A table as of a moment before a change of password has the earlier hash', async (t) => {
  const [, , user = ''] = users
  const before = await head(db)
  await append(db, [passwordChanged(user, await nextVersion(db, user), 'quite another')])
  const hashAt = async (moment: Moment) => {
    const all = await asOf('users_2', moment)
    return all.find(([id]) => id === user)?.[2]
  }
  t.equal(await hashAt(await head(db)), 'quite another')
  t.not(await hashAt(before), 'quite another')
})
