// Shared by the tests of the writer: a database with Ann and Bob, writers on connections of their own,
// messages from Ann, and a way to hold requests back until they form one batch.
import type { Socket } from 'node:net'
import pg from 'pg'
import { message } from '../../../src/features/messages/message.ts'
import { user } from '../../../src/features/users/user.ts'
import { createEventStore } from '../../../src/platform/event-store/event-store.ts'
import { uuidV7 } from '../../../src/platform/event-store/uuid-v7.ts'
import { HeldConnection } from '../../../src/platform/event-store/writer/held-connection.ts'
import {
  createWriter,
  type WriterOptions,
} from '../../../src/platform/event-store/writer/writer.ts'
import type { Finishing } from '../database.ts'
import { connect } from '../installed.ts'
import { untilWaits, waitsFor } from '../read-models/blocked-sessions.ts'
import { until } from '../until.ts'
import { type Serving, serving } from './queue-serving.ts'
import { annId, annRegistered, bobId, bobRegistered } from './stories.ts'

export type Writing = Awaited<ReturnType<typeof writing>>
export type Sending = ReturnType<typeof sending>

/** The id of no user. */
export const unknownId = '00000000-0000-4000-8000-00000000dead'

/** A message from Ann. */
export function sending(to: string, { content = 'hello', actor = annId } = {}) {
  const id = uuidV7()
  const data = { id, srcId: annId, dstId: to, content }
  const events = [{ type: 'MessageSent', data } as const]
  return { aggregate: message, streamId: id, expectedVersion: 0, events, metadata: { actor } }
}

/** The registration of a new user. */
export function newcomer() {
  const id = uuidV7()
  const data = { ...annRegistered.data, id, email: `${id}@example.org`, username: null }
  const events = [{ type: 'UserRegistered', data } as const]
  return { aggregate: user, streamId: id, expectedVersion: 0, events }
}

/** The outcome of each request: `accepted`, or the code of its error. */
export function outcomes(results: readonly PromiseSettledResult<unknown>[]) {
  return results.map((result) => (result.status === 'rejected' ? result.reason.code : 'accepted'))
}

/** Everything on a fresh database, which is dropped after the test. */
export async function writing(t: Finishing) {
  const { pool, url } = await serving(t)
  /** Connected as the owner. */
  const owner = await connect(t, url)
  /** Appends without a writer, each with a call of its own. */
  const direct = createEventStore(pool)
  for (const [streamId, event] of [
    [annId, annRegistered],
    [bobId, bobRegistered],
  ] as const) {
    await direct.append({ aggregate: user, streamId, expectedVersion: 0, events: [event] })
  }
  const lock = appendLock(t, url, owner)
  return {
    url,
    owner,
    direct,
    start: (options: StartOptions = {}) => startWriter(t, { pool, url }, options),
    ...lock,
    inOneBatch: inOneBatch(lock),
    inTwoBatches: inTwoBatches(lock),
    ...recorded(owner),
  }
}

type StartOptions = { through?: string; checkMs?: number } & Pick<
  WriterOptions,
  'patienceMs' | 'clock'
>

/** A writer with a connection of its own, and the errors that it reported. */
function startWriter(t: Finishing, { pool, url }: Serving, options: StartOptions) {
  const { through = url, checkMs, ...others } = options
  const idleLosses: unknown[] = []
  const connection = new HeldConnection({
    open: () => openPipelined(through),
    onIdleLoss: (error) => idleLosses.push(error),
    ...(checkMs !== undefined && { checkMs }),
  })
  const troubles: unknown[] = []
  const onTrouble = (error: unknown) => troubles.push(error)
  const writer = createWriter({ connection, onTrouble, batchesOnTheirWay: 2, ...others })
  t.teardown(() => writer.close())
  return { connection, writer, store: createEventStore(pool, writer.write), troubles, idleLosses }
}

async function openPipelined(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 1_000,
    options: '-c role=epistle_service',
    pipeline: true,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const appendLockName = 'advisory 17744 0'

function appendLock(t: Finishing, url: string, owner: pg.ClientBase) {
  /** Acquires the append lock; the returned function releases it. */
  async function holdAppends() {
    const holder = await connect(t, url)
    await holder.query('begin; select log.take_append_lock()')
    return { holder, release: () => holder.query('commit') }
  }

  /** The backends that wait for the append lock. */
  async function appendsWaiting(): Promise<number[]> {
    return (await waitsFor(owner, appendLockName)).map(({ pid }) => pid)
  }

  function untilAppendsWait(many: number): Promise<unknown> {
    return untilWaits(owner, appendLockName, many)
  }

  return { holdAppends, appendsWaiting, untilAppendsWait }
}

/**
 * Sends decisions while an append of the same writer is in flight and waits for the lock, which the test
 * holds. Releases the lock after `meanwhile` and returns all results.
 */
function inOneBatch({ holdAppends, untilAppendsWait }: ReturnType<typeof appendLock>) {
  return async (
    { store }: ReturnType<typeof startWriter>,
    decisions: readonly object[],
    meanwhile: () => Promise<unknown> = async () => undefined,
  ) => {
    const { release } = await holdAppends()
    const inFlight = store.append(sending(bobId)).catch((error: unknown) => error)
    await untilAppendsWait(1)
    const all = Promise.allSettled(decisions.map((decision) => store.append(decision as Sending)))
    await meanwhile()
    await release()
    return { inFlight: await inFlight, results: await all }
  }
}

export const contentOfSecond = 'of the second batch'

/**
 * Sends a message and then eight, which go in a second batch while the first waits for the append lock. The
 * test releases the lock.
 */
function inTwoBatches({ holdAppends, untilAppendsWait }: ReturnType<typeof appendLock>) {
  return async ({ store, connection }: ReturnType<typeof startWriter>) => {
    const { release } = await holdAppends()
    const first = sending(bobId)
    const second = Array.from({ length: 8 }, () => sending(bobId, { content: contentOfSecond }))
    const results = [store.append(first)]
    await untilAppendsWait(1)
    const sent = await bytesSent(connection)
    const before = sent()
    results.push(...second.map((decision) => store.append(decision)))
    await until('the second batch is sent', async () => sent() > before)
    return { decisions: [first, ...second], results: Promise.allSettled(results), release }
  }
}

/** How many bytes a writer has sent so far. */
export async function bytesSent(connection: HeldConnection): Promise<() => number> {
  const socket = (await connection.open()).connection.stream as Socket
  return () => socket.bytesWritten
}

function recorded(owner: pg.ClientBase) {
  /** How many of these messages are in the read table. */
  async function count(ids: readonly string[]): Promise<number> {
    const { rows } = await owner.query(
      'select count(*)::int as n from read.messages_10 where id = any ($1)',
      [ids],
    )
    return rows[0].n
  }

  /** The positions of the events of a stream. */
  async function positions(streamId: string): Promise<string[]> {
    const { rows } = await owner.query('select position from log.events where stream_id = $1', [
      streamId,
    ])
    return rows.map(({ position }) => position)
  }

  return { count, positions }
}
