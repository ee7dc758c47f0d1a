/**
 * Build: fills a new read table by replaying the log in position order, while writers go on.
 *
 * It works in batches. Each is a transaction that also records its position, so a crash loses only a few
 * of them. The cut-over takes the append lock, replays the events appended meanwhile and sets the state:
 * killed at any moment, the table is either building or live.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { BuildError, MaintenanceError } from '../errors.ts'
import { type Progress, silent } from '../replay/progress.ts'
import {
  batchSize,
  headPosition,
  longReplay,
  nextBatch,
  type Pace,
  paceAt,
  replay,
  toViolation,
  ViolationError,
} from '../replay/replay.ts'
import { forgettableTransaction, oneRoundTrip } from '../transactions.ts'

/** Headers left at most when the build takes the append lock: to replay so few takes milliseconds. */
const cutOverSize = 100

export interface BuildOptions {
  /** The most events to project a second; as many as possible where absent. */
  readonly maxRate?: number | undefined
  readonly progress?: Progress
}

/**
 * Replays the log into a read table that is building, and sets it live. Throws BuildError where a
 * constraint of the table refuses an event, and MaintenanceError where another session changed its state. The
 * install has made the replays of all tables, and its rehearsal has looked for headers without rows.
 */
export async function build(
  client: ClientBase,
  table: string,
  options: BuildOptions = {},
): Promise<void> {
  const relation = `read.${client.escapeIdentifier(table)}`
  try {
    await deferIndexes(client, table, relation)
    const events = await catchUp(client, table, options)
    await client.query('call engine.make_deferred_indexes($1)', [relation])
    await analyze(client, relation)
    await catchUp(client, table, options, events)
    await cutOver(client, table)
  } catch (raised) {
    const error = toViolation(raised)
    throw error instanceof ViolationError ? new BuildError(error.violation, error) : error
  } finally {
    options.progress?.end()
  }
}

/**
 * Gathers statistics for readers, but not of a small table. With statistics of a single page, a writer's
 * session would plan to read the whole table. It would keep that plan while the table grows, until the next
 * autovacuum.
 */
async function analyze(client: ClientBase, relation: string): Promise<void> {
  const { rows } = await client.query('select pg_relation_size($1) > $2 as large', [
    relation,
    2 ** 20,
  ])
  if (rows[0].large) await client.query(`analyze ${relation}`)
}

/** A build that was killed has made some of the indexes or none; the next one begins with none again. */
async function deferIndexes(client: ClientBase, table: string, relation: string): Promise<void> {
  const left = BigInt(await headPosition(client)) - BigInt(await positionOf(client, table))
  if (left > longReplay) await client.query('call engine.defer_indexes($1)', [relation])
}

/** Replays batches until few headers are left; returns how many events, `before` included. */
async function catchUp(
  client: ClientBase,
  table: string,
  { maxRate, progress = silent }: BuildOptions,
  before = 0,
): Promise<number> {
  // Batches of at most half a second at the requested rate keep the pace even.
  const size = Math.min(batchSize, Math.ceil((maxRate ?? Number.POSITIVE_INFINITY) / 2))
  let headBefore: string | undefined
  for (let events = before; ; ) {
    const began = Date.now()
    const head = await headPosition(client)
    const after = await positionOf(client, table)
    const batch = await nextBatch(client, after, head, size)
    progress.update(Number(after), Number(head), events)
    if (!batch || (batch.headers <= cutOverSize && batch.upto === head)) return events
    // If a crash of the database loses a batch, it loses rows and position, and the next run repeats it.
    const pace = paceAt(head, headBefore)
    const done = await forgettableTransaction(client, () =>
      replayBatch(client, table, after, batch.upto, pace),
    )
    events += done
    headBefore = head
    if (maxRate) await pause(Math.max(0, (done / maxRate) * 1000 - (Date.now() - began)))
  }
}

/**
 * Every writer waits for it, so it is one round trip. It commits durably, as an append does, and so also
 * flushes everything that the batches before it wrote.
 */
async function cutOver(client: ClientBase, table: string): Promise<void> {
  const call = `select engine.cut_over(${client.escapeLiteral(table)}) as live`
  const [result] = await oneRoundTrip(client, [call])
  if (result?.rows[0].live) return
  throw new MaintenanceError(
    `${table} is no longer building: another session changed its state; see \`epistle status\`, and ` +
      'install again if the table is needed',
  )
}

async function replayBatch(
  client: ClientBase,
  table: string,
  after: string,
  upto: string,
  pace: Pace,
): Promise<number> {
  const events = await replay(client, 'read', table, after, upto, pace)
  await client.query('update read.tables set position = $2 where name = $1', [table, upto])
  return events
}

async function positionOf(client: ClientBase, table: string): Promise<string> {
  const { rows } = await client.query<{ position: string }>(
    'select position::text from read.tables where name = $1',
    [table],
  )
  return rows[0]?.position ?? '0'
}
