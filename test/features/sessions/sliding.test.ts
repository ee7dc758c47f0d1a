// Sessions slide: a use moves the expiry; the look-up, the lists and the log apply the same rule; and servers of
// release 9 on the same database accept no session that has ended.
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import t from 'tap'
import {
  findLiveSessions,
  findOwnSession,
  listSessions,
  sessionFinder,
} from '../../../src/features/sessions/queries.ts'
import { createSessionUses } from '../../../src/features/sessions/session-uses.ts'
import type { Queryable } from '../../../src/platform/postgres/prepared.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { append, messageSent } from '../../support/append-requests.ts'
import { run } from '../../support/old-releases/statement.ts'
import { day, inTime, midnight, slidingSessions, use } from '../../support/sliding-sessions.ts'

const { owner, pool, elsewhere, userId, started, startedBefore, usesOf, passDays } =
  await slidingSessions(t)
const log = pino({ level: 'silent' })
const hour = day / 24

t.test('A use on a later day moves the expiry to whole days after that day', async (t) => {
  const start = { age: day, expires_at: midnight(5), idle_days: 5 }
  const [id = ''] = await started(start)
  const before = await findOwnSession(pool, id, userId)
  t.equal(before?.lastUsedAt, before?.startedAt)
  t.equal(before?.expiresAt, midnight(5))
  t.strictSame(await use(pool, [id]), [id])
  const after = await findOwnSession(pool, id, userId)
  t.equal(after?.expiresAt, midnight(6))
  t.ok(Math.abs(Date.parse(after?.lastUsedAt ?? '') - Date.now()) < 60_000, 'used just now')
  // A user who comes every four days stays logged in; after six days without a use the session has ended.
  for (let visit = 1; visit <= 10; visit += 1) {
    await passDays([id], 4)
    t.strictSame(await use(pool, [id]), [id], `visit ${visit}`)
  }
  await passDays([id], 6)
  t.strictSame(await use(pool, [id]), [])
  t.equal(await findOwnSession(pool, id, userId), undefined)
})

t.test('A session is written once a day, whatever servers look it up', async (t) => {
  const ids = await started(...Array(20).fill({ age: day, expires_at: midnight(3), idle_days: 3 }))
  await Promise.all([pool, elsewhere, pool, elsewhere].map((on) => use(on, ids)))
  const rows = await usesOf(ids)
  t.equal(rows.length, ids.length)
  t.strictSame(await use(pool, ids), [], 'the look-up asks for no further write on this day')
  const uses = createSessionUses(elsewhere, log)
  for (const id of ids) uses.note(id)
  await uses.close()
  t.strictSame(await usesOf(ids), rows, 'and none would happen')
})

t.test('A use moves no expiry beyond the end, nor that of an older server', async (t) => {
  const end = inTime(2 * day)
  const [bounded = ''] = await started({
    age: day,
    expires_at: midnight(2),
    idle_days: 9,
    ends_at: end,
  })
  const expires_at = inTime(2 * day)
  const [old = ''] = await startedBefore({ age: 9 * day, expires_at })
  t.strictSame(await use(pool, [bounded, old]), [bounded, old].sort())
  t.equal((await findOwnSession(pool, bounded, userId))?.expiresAt, end)
  const row = await findOwnSession(pool, old, userId)
  t.equal(row?.expiresAt, expires_at)
  t.ok(Date.parse(row?.lastUsedAt ?? '') > Date.now() - 60_000, 'and yet its use is shown')
})

t.test('No use revives a session that has ended, has expired or is about to', async (t) => {
  const start = { age: day, idle_days: 5 }
  const [ended = '', expired = '', nearly = '', hardly = ''] = await started(
    { ...start, expires_at: midnight(3) },
    { ...start, expires_at: inTime(-1000) },
    { ...start, expires_at: inTime(20_000) },
    { ...start, expires_at: inTime(180_000) },
  )
  await owner.query('insert into log.session_ended_0 (id, user_id) values ($1, $2)', [
    ended,
    userId,
  ])
  const uses = createSessionUses(pool, log)
  for (const id of [ended, expired, nearly, hardly]) uses.note(id)
  await uses.close()
  const rows = await usesOf([ended, expired, nearly, hardly])
  t.strictSame(
    rows.map((row) => row.session_id),
    [hardly],
  )
})

t.test(
  'The look-up, the lists, a command and older servers agree about every session',
  async (t) => {
    const offsets = [-2 * day, -hour, hour, 2 * day]
    const cases = offsets.flatMap((first) =>
      [undefined, ...offsets].map((used) => ({
        first,
        used,
        isActive: Math.max(first, used ?? first) > 0,
      })),
    )
    const ids = await started(
      ...cases.map(({ first }) => ({ age: 9 * day, expires_at: inTime(first), idle_days: 1 })),
    )
    await owner.query(
      `insert into sessions.uses
     select session, now() - interval '1 day', expiry
     from unnest($1::uuid[], $2::timestamptz[]) as u (session, expiry) where expiry is not null`,
      [ids, cases.map(({ used }) => (used === undefined ? null : inTime(used)))],
    )
    const active = ids.filter((_, n) => cases[n]?.isActive)
    const among = (found: Iterable<string>) => ids.filter((id) => new Set(found).has(id))
    const find = sessionFinder(pool)
    const looked = await Promise.all(ids.map((id) => find(hashToken(id))))
    t.strictSame(among(looked.flatMap((row) => row?.sessionId ?? [])), active, 'by token')
    t.strictSame(among(await findLiveSessions(pool, ids)), active, 'of streams')
    const list = await listSessions(pool, userId, { order: 'desc', fetch: 100 })
    t.strictSame(among(list.map(({ id }) => id)), active, 'in the list')

    const accepts = async (read_table: string) => {
      const requests = ids.map((key) => ({
        ...messageSent(randomUUID(), userId, userId),
        expects: [{ read_table, key }],
      }))
      const results = await append(owner, requests)
      return ids.filter((_, n) => results[n]?.position)
    }
    t.strictSame(await accepts('sessions_10'), active, 'of commands')
    const older = ids.filter((_, n) => (cases[n]?.first ?? 0) > 0)
    t.strictSame(await accepts('sessions_2'), older, 'commands on a server of release 9')
    const { rows } = await owner.query<{ id: string }>(
      'select id from read.sessions_2 where expires_at > now()',
    )
    t.strictSame(among(rows.map(({ id }) => id)), older, 'the look-up of a server of release 9')
    t.ok(
      older.every((id) => active.includes(id)),
      'older servers accept nothing that has ended',
    )
  },
)

t.test('Servers of releases 9 and 10 see the sessions of each other', async (t) => {
  const [id = ''] = await started({ expires_at: midnight(3), idle_days: 2 })
  const label = { id, user_id: userId, label: 'phone' }
  const labelled = { stream_id: id, stream_version: 2, type: 'session_labelled_10', data: label }
  await append(owner, [{ events: [labelled] }])
  const find = { name: 'byId', text: `select id from read.sessions_2 where id = $1` }
  t.strictSame(await run(pool, find, [id]), [{ id }])
  const load = {
    name: 'load',
    text: 'select type, standing from log.session_stream_0 where stream_id = $1 order by stream_version',
  }
  t.strictSame(await run(pool, load, [id]), [
    { type: 'session_started_0', standing: 'known' },
    { type: 'session_labelled_10', standing: 'ignored' },
  ])
  const [old = ''] = await startedBefore({ expires_at: inTime(day) })
  t.match(await findOwnSession(pool, old, userId), { userAgent: null, label: null })
  // The end by an older server, after events that it ignores.
  const end = {
    stream_id: id,
    stream_version: 3,
    type: 'session_ended_0',
    data: { id, user_id: userId },
  }
  t.match(await append(owner, [{ events: [end] }]), [{ position: /\d/ }])
  t.equal(await findOwnSession(pool, id, userId), undefined)
})

t.test('Expired uses are deleted, and those of active sessions stay', async (t) => {
  await owner.query(
    `insert into sessions.uses select gen_random_uuid(), now(), now() - interval '1 day'
     from generate_series(1, 1500)`,
  )
  const [id = ''] = await started({ age: day, expires_at: midnight(3), idle_days: 2 })
  await use(pool, [id])
  const { rows } = await owner.query('select from sessions.uses where expires_at < now()')
  t.equal(rows.length, 0)
  t.equal((await usesOf([id])).length, 1)
})

t.test('No response waits for the record of a use, and a failed one is retried', async (t) => {
  const ids = await started(
    ...Array(2500).fill({ age: day, expires_at: midnight(3), idle_days: 3 }),
  )
  let failing = true
  const warnings: unknown[] = []
  let statements = 0
  const query = (...args: Parameters<Queryable['query']>) => {
    statements += 1
    return failing ? pool.query('select 1 / 0') : pool.query(...args)
  }
  const warn = (warning: unknown) => warnings.push(warning)
  // Only `close` records: on a busy machine, the look-ups take longer than uses are gathered.
  const uses = createSessionUses({ query } as Queryable, { warn } as never, 3_600_000)
  const find = sessionFinder(pool, uses.note)
  await Promise.all(ids.map((id) => find(hashToken(id))))
  t.equal(statements, 0)
  t.equal((await usesOf(ids)).length, 0)
  t.strictSame(
    (await Promise.all(ids.map((id) => find(hashToken(id))))).filter(Boolean).length,
    2500,
  )
  await uses.close()
  t.equal(warnings.length, 1)
  failing = false
  statements = 0
  await uses.close()
  t.equal((await usesOf(ids)).length, 2500)
  t.equal(statements, 9, 'three of a thousand at most, their devices, and what they clear')
})
