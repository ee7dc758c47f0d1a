// Statistics, compared with SQL over the log, for a log of many days.
import { randomUUID } from 'node:crypto'
import type { QueryConfig } from 'pg'
import t from 'tap'
import { countByDay, countWithoutDisclosure } from '../../../src/features/statistics/queries.ts'
import { statisticsRoutes } from '../../../src/features/statistics/routes.ts'
import { createServer } from '../../../src/platform/http/server.ts'
import type { Queryable } from '../../../src/platform/postgres/prepared.ts'
import { openPool } from '../../support/domain.ts'
import { readableLog } from '../../support/http/bare-app.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { type Past, writePast } from '../../support/past.ts'
import { randomness } from '../../support/racing-writers.ts'
import { damagedTables } from '../../support/read-models/agreement.ts'

const url = await installedDatabase(t)
const pool = openPool(t, url)
const owner = await connect(t, url)
// A zone in which the date differs: statistics count days in UTC in every session.
await owner.query(`set time zone 'Pacific/Kiritimati'`)

/** Five people and their messages, over about twenty days with gaps between them. */
function randomPast(random: () => number): Past[] {
  const people: string[] = []
  const one = () => people[Math.floor(random() * people.length)] as string
  let at = Date.parse('2025-02-26T20:00:00Z')
  return Array.from({ length: 400 }, (_, n) => {
    // Mostly within an hour, so that activity crosses midnight; now and then days.
    at += random() < 0.03 ? 200_000_000 * random() : 3_600_000 * random()
    if (people.length < 1 || (people.length < 5 && n % 40 === 0)) {
      people.push(randomUUID())
      return { at: new Date(at), registers: people.at(-1) as string }
    }
    return { at: new Date(at), from: one(), to: one() }
  })
}

await writePast(owner, randomPast(randomness(7)))

t.test('Statistics of each UTC day equal the log, also on days without activity', async (t) => {
  const range = { from: '2025-02-20', to: '2025-06-30' }
  const { rows } = await owner.query(
    `select day::date::text as day,
       (select count(*)::int from log.message_sent_3 where (recorded_at at time zone 'UTC')::date = day)
         as "messagesSent",
       (select count(distinct src_id)::int from log.message_sent_3
        where (recorded_at at time zone 'UTC')::date = day) as senders,
       (select count(*)::int from log.user_registered_0
        where (recorded_at at time zone 'UTC')::date = day) as "newUsers"
     from generate_series($1::date, $2::date, interval '1 day') day`,
    [range.from, range.to],
  )
  t.same(await countByDay(pool, range), rows)
  const sum = (key: string) => rows.reduce((total, row) => total + row[key], 0)
  t.same([sum('messagesSent'), sum('newUsers')], [395, 5], 'the range contains all events')
  t.ok(rows.some(({ senders, messagesSent }) => senders > 2 && messagesSent > senders))
  t.ok(rows.some(({ messagesSent }) => messagesSent === 0))
})

t.test('Statistics use one connection at a time', async (t) => {
  let running = 0
  let most = 0
  const watched = {
    query: (query: QueryConfig) => {
      running += 1
      most = Math.max(most, running)
      return pool.query(query).finally(() => {
        running -= 1
      })
    },
  } as Queryable
  await countWithoutDisclosure(watched, { from: '2025-02-20', to: '2025-02-21' })
  t.equal(most, 1)
})

t.test('A replay of the statistics equals their read tables', async (t) => {
  t.same(await damagedTables(owner), [])
})

const { log } = readableLog('silent')
const app = await createServer({ log, corsOrigins: [] })
statisticsRoutes(app, { pool, requireVerifiedEmail: false })
t.teardown(() => app.close())

t.test('Statistics cover at most 366 days', async (t) => {
  const answer = await app.inject('/statistics?from=2025-02-26&to=2026-02-26')
  t.equal(answer.statusCode, 200)
  const { items } = answer.json()
  t.equal(items.length, 366)
  t.same(Object.keys(items[0]), ['day', 'messagesSent', 'senders', 'newUsers'])
  t.match(items[0], { day: '2025-02-26', newUsers: 1 })
})

t.test('An invalid range of days is rejected with the name of the parameter', async (t) => {
  for (const [query, parameter] of [
    ['from=2025-02-26', 'to'],
    ['to=2025-02-26', 'from'],
    ['from=2025-02-29&to=2025-03-01', 'from'],
    ['from=2025-02-28&to=today', 'to'],
    ['from=0000-01-01&to=0000-01-02', 'from'],
    ['from=2025-02-26&to=2025-02-25', 'to'],
    ['from=2025-02-26&to=2026-02-27', 'to'],
    ['from=2025-02-26&to=2025-02-26&by=week', 'by'],
  ] as const) {
    const answer = (await app.inject(`/statistics?${query}`)).json()
    t.match(answer, { status: 422, code: 'validation_failed', errors: [{ parameter }] }, query)
  }
})
