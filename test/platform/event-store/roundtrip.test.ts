// Every key of an event's data is a column of its table, and is loaded with the value that was appended. A
// key without a column would be lost silently.
import t from 'tap'
import type { DomainEvent } from '../../../src/platform/event-store/event.ts'
import { toColumns } from '../../../src/platform/event-store/event-columns.ts'
import { createEventStore } from '../../../src/platform/event-store/event-store.ts'
import { exampleStreams, recordings, users } from '../../support/event-store/example-streams.ts'
import { serving } from '../../support/event-store/queue-serving.ts'
import * as stories from '../../support/event-store/stories.ts'
import { connect } from '../../support/installed.ts'

const { pool, url } = await serving(t)
const store = createEventStore(pool)

async function columnsOf(table: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = to_regclass('log.' || $1) and attnum > 0 and not attisdropped
       and attname not in ('position', 'recorded_at')`,
    [table],
  )
  return rows.map(({ name }) => name).sort()
}

t.test('this test has an example of every event of every aggregate', async (t) => {
  const kinds = recordings.flatMap(({ tables }) => Object.keys(tables))
  const appended = exampleStreams.flatMap(({ events }) => events.map(({ type }) => type))
  // The service cannot append it: the last test has one that the database made.
  const types = [...appended, 'UserForgotten']
  t.strictSame([...new Set<string>(types)].sort(), kinds.sort())
})

t.test('the code writes the newest version of each event type in the database', async (t) => {
  const { rows } = await pool.query<{ newest: string }>(
    `select distinct on (family) type as newest
     from (select type, release, regexp_replace(type, '_[0-9]+$', '') as family
           from log.event_types) types
     order by family, release desc`,
  )
  const written = recordings.flatMap(({ tables }) => Object.values(tables))
  t.strictSame(
    written.sort(),
    rows.map(({ newest }) => newest),
  )
})

for (const { aggregate, events } of exampleStreams) {
  for (const event of events) {
    t.test(`the keys of a ${event.type} are exactly the columns of its table`, async (t) => {
      const table = aggregate.tables[event.type] ?? ''
      t.strictSame(Object.keys(toColumns(event.data)).sort(), await columnsOf(table))
    })
  }
}

for (const { aggregate, streamId, events } of exampleStreams) {
  const kinds = events.map(({ type }) => type).join(', ')
  t.test(`the events ${kinds} are loaded as they were appended, one by one`, async (t) => {
    for (const [version, event] of events.entries()) {
      await store.append({ aggregate, streamId, expectedVersion: version, events: [event] })
    }
    const { state, version } = await store.load(aggregate, streamId)
    t.equal(version, events.length)
    t.strictSame(state.map(sameTimes), events.map(sameTimes))
  })
}

t.test('the event of an erasure is loaded with exactly the columns of its table', async (t) => {
  const owner = await connect(t, url)
  await owner.query("select log.forget($1, 'asked for it', '{messages}')", [stories.bobId])
  const { state } = await store.load(users, stories.bobId)
  const event = state.at(-1)
  t.match(event, { type: 'UserForgotten', data: { userId: stories.bobId, kept: ['messages'] } })
  const columns = Object.keys(toColumns(event?.data ?? {})).sort()
  t.strictSame(columns, await columnsOf('user_forgotten_12'))
})

/** Times as Dates, because PostgreSQL formats the same time differently. */
function sameTimes({ type, data }: DomainEvent): unknown {
  const { expiresAt, reservedUntil, ...rest } = data as Record<string, string>
  const times = Object.entries({ expiresAt, reservedUntil }).flatMap(([name, time]) =>
    time ? [[name, new Date(time)]] : [],
  )
  return { type, data: { ...rest, ...Object.fromEntries(times) } }
}
