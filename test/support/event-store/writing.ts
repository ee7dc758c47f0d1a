// What tests of the writer share: a database with Ann and Bob, writers on connections of their own,
// messages from Ann, and a way to have commands wait for the one before them.
import pg from 'pg'
import { message } from '../../../src/features/messages/message.ts'
import { user } from '../../../src/features/users/user.ts'
import { createEventStore } from '../../../src/platform/event-store/event-store.ts'
import { uuidV7 } from '../../../src/platform/event-store/uuid-v7.ts'
import {
  createWriter,
  type WriterOptions,
} from '../../../src/platform/event-store/writer/writer.ts'
import type { Finishing } from '../database.ts'
import { connect } from '../installed.ts'
import { until } from '../until.ts'
import { serving } from './queue-serving.ts'
import { annId, annRegistered, bobId, bobRegistered } from './stories.ts'

export type Writing = Awaited<ReturnType<typeof writing>>
export type Sending = ReturnType<typeof sending>

/** Nobody has this id. */
export const nobody = '00000000-0000-4000-8000-00000000dead'

/** A message of Ann's. */
export function sending(to: string, { content = 'hello', actor = annId } = {}) {
  const id = uuidV7()
  const data = { id, srcId: annId, dstId: to, content }
  const events = [{ type: 'MessageSent', data } as const]
  return { aggregate: message, streamId: id, expectedVersion: 0, events, metadata: { actor } }
}

/** What became of each: `accepted`, or the code with which it failed. */
export function outcomes(results: readonly PromiseSettledResult<unknown>[]) {
  return results.map((result) => (result.status === 'rejected' ? result.reason.code : 'accepted'))
}

/** Everything on a fresh database, which goes away with the test. */
export async function writing(t: Finishing) {
  const { pool, url } = await serving(t)
  /** Connected as the owner. */
  const owner = await connect(t, url)
  /** Without a writer, each append a call of its own. */
  const alone = createEventStore(pool)
  for (const [streamId, event] of [
    [annId, annRegistered],
    [bobId, bobRegistered],
  ] as const) {
    await alone.append({ aggregate: user, streamId, expectedVersion: 0, events: [event] })
  }

  /** A writer with a connection of its own, and what it was troubled by. */
  function start(options: { through?: string } & Pick<WriterOptions, 'patienceMs'> = {}) {
    const { through = url, ...others } = options
    const connection = { connectionString: through, connectionTimeoutMillis: 1_000 }
    const own = new pg.Pool({ ...connection, max: 1, options: '-c role=epistle_service' })
    own.on('error', () => undefined)
    const troubles: unknown[] = []
    const onTrouble = (error: unknown) => troubles.push(error)
    const writer = createWriter({ pool: own, onTrouble, ...others })
    t.teardown(async () => {
      await writer.close()
      await own.end()
    })
    return { pool: own, writer, store: createEventStore(pool, writer.write), troubles }
  }

  /** Takes the append lock, which the function answered gives back. */
  async function holdAppends() {
    const holder = await connect(t, url)
    await holder.query('begin; select log.take_append_lock()')
    return { holder, letGo: () => holder.query('commit') }
  }

  /** The processes that wait for the append lock. */
  async function appendsWaiting(): Promise<number[]> {
    const { rows } = await owner.query(
      `select pid from pg_locks
       where locktype = 'advisory' and classid = 17744 and objid = 0 and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    )
    return rows.map(({ pid }) => pid)
  }

  function untilAppendsWait(many: number): Promise<unknown> {
    return until(`${many} appends wait`, async () => (await appendsWaiting()).length >= many)
  }

  /**
   * What becomes of decisions that are all sent while an append of the same writer is in flight: that
   * one waits for the lock, which the test holds; `meanwhile` is done before it is let go.
   */
  async function inCompany(
    { store }: ReturnType<typeof start>,
    decisions: readonly object[],
    meanwhile: () => Promise<unknown> = async () => undefined,
  ) {
    const { letGo } = await holdAppends()
    const inFlight = store.append(sending(bobId)).catch((error: unknown) => error)
    await untilAppendsWait(1)
    const all = Promise.allSettled(decisions.map((decision) => store.append(decision as Sending)))
    await meanwhile()
    await letGo()
    return { inFlight: await inFlight, results: await all }
  }

  /** How many of these messages can be read. */
  async function count(ids: readonly string[]): Promise<number> {
    const { rows } = await owner.query(
      'select count(*)::int as n from read.messages_5 where id = any ($1)',
      [ids],
    )
    return rows[0].n
  }

  /** Where the log has events of a stream. */
  async function positions(streamId: string): Promise<string[]> {
    const { rows } = await owner.query('select position from log.events where stream_id = $1', [
      streamId,
    ])
    return rows.map(({ position }) => position)
  }

  return {
    url,
    owner,
    alone,
    start,
    holdAppends,
    appendsWaiting,
    untilAppendsWait,
    inCompany,
    count,
    positions,
  }
}
