// Nothing is recorded about a user after the erasure: a command that was decided before it, by a server of any
// release, is refused. Each event is accepted in one transaction, and refused in another that erases its user first.
import pg from 'pg'
import t from 'tap'
import { RejectedError } from '../../src/platform/event-store/errors.ts'
import type { DomainEvent } from '../../src/platform/event-store/event.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { exampleStreams } from '../support/event-store/example-streams.ts'
import { installedDatabase } from '../support/installed.ts'

/** One connection as the owner, so that all queries are in one transaction. */
const db = new pg.Pool({ connectionString: await installedDatabase(t), max: 1 })
t.teardown(() => db.end())
const store = createEventStore(db)

const personOf = ({ data }: DomainEvent): string => {
  const { userId, srcId } = data as Record<string, string>
  return userId ?? srcId ?? ''
}

for (const { aggregate, streamId, events } of exampleStreams) {
  for (const event of events) {
    const append = async () => {
      const { version } = await store.load(aggregate, streamId)
      return store.append({ aggregate, streamId, expectedVersion: version, events: [event] })
    }
    if (event.type !== 'UserRegistered') {
      t.test(`A ${event.type} is refused after the erasure of its user`, async (t) => {
        await db.query('begin')
        await db.query(`select log.forget($1, 'asked for it')`, [personOf(event)])
        await t.rejects(append(), RejectedError)
        await db.query('rollback')
      })
    }
    t.test(`A ${event.type} is accepted before it`, async (t) => {
      await t.resolves(append())
    })
  }
}
