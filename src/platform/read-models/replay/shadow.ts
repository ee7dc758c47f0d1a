/**
 * Shadows: read tables built a second time, from the same files, in the schema `shadow`.
 *
 * Nothing live is changed or locked: the tables that a table refers to are built beside it, so its foreign
 * keys and look-ups stay inside the schema. Used by verify, rebuild, show, demote and pre-flight.
 */

import type { ClientBase } from 'pg'
import { ifShadowLockIsFree, withShadowLock } from '../advisory-locks.ts'
import { describeViolation, MaintenanceError } from '../errors.ts'
import { checkLoneHeaders } from '../lone-headers.ts'
import type { ReleaseFile } from '../releases/releases.ts'
import { forgettableTransaction, transaction } from '../transactions.ts'
import {
  headPosition,
  longReplay,
  nextBatch,
  type Pace,
  paceAt,
  replay,
  toViolation,
  ViolationError,
} from './replay.ts'

/**
 * Runs `work` with an empty schema `shadow` and removes the schema afterwards; one command at a time has
 * it. Throws MaintenanceError where the log itself violates a constraint of a shadow, or has a header
 * without its row; `checksLog: false` leaves that check to `work`.
 */
export async function withShadow<T>(
  client: ClientBase,
  say: (line: string) => void,
  work: () => Promise<T>,
  { checksLog = true } = {},
): Promise<T> {
  return withShadowLock(client, say, async () => {
    if (checksLog) await checkLoneHeaders(client)
    try {
      // A killed process can leave its schema behind.
      await client.query('drop schema if exists shadow cascade')
      await client.query('create schema shadow')
      return await work()
    } catch (raised) {
      const error = toViolation(raised)
      if (!(error instanceof ViolationError)) throw error
      throw new MaintenanceError(
        `the log contains an event that violates a constraint of ${error.violation.table}; it was appended ` +
          `while the table was damaged (${describeViolation(error.violation)}). The next release must ` +
          'bring a version of the table that accepts it',
      )
    } finally {
      await client.query('drop schema if exists shadow cascade').catch(() => undefined)
    }
  })
}

/** Removes the schema that a stopped command left behind, unless another command is using it. */
export async function removeAbandoned(client: ClientBase): Promise<void> {
  await ifShadowLockIsFree(client, async () => {
    await client.query('drop schema if exists shadow cascade')
  })
}

export interface ShadowOptions {
  /** Shadows that are there already. */
  readonly there?: readonly string[]
  /** Whether they must outlive a crash of the database. If not, the rows of a long log are not written to the WAL. */
  readonly logged?: boolean
}

/**
 * Creates empty shadows of read tables and of the tables they refer to, referred ones first, except those
 * that are there already; returns their names in that order. `files` must contain all files of those tables.
 * Where the log is long they lack the indexes that only readers need: see `makeIndexes`.
 */
export async function createShadows(
  client: ClientBase,
  tables: readonly string[],
  files: readonly ReleaseFile[],
  { there = [], logged = false }: ShadowOptions = {},
): Promise<string[]> {
  const order = (await withReferred(client, tables)).filter((name) => !there.includes(name))
  const long = BigInt(await headPosition(client)) > longReplay
  await transaction(client, async () => {
    await client.query('set local search_path = shadow, read, log, pg_temp')
    for (const table of order) {
      for (const file of files) if (file.table === table) await client.query(file.text)
      if (long) await client.query('call engine.defer_indexes($1)', [shadowOf(client, table)])
    }
    await client.query(`call engine.make_replays($1, 'shadow')`, [order])
    // No logged table may refer to one that is not logged, so the referring ones come first. To change a table
    // takes longer than to log a few rows.
    for (const table of long && !logged ? [...order].reverse() : []) {
      await client.query(`alter table ${shadowOf(client, table)} set unlogged`)
    }
  })
  return order
}

/** Makes the indexes that shadows lack: for those that are kept, or read more than once. */
export async function makeIndexes(client: ClientBase, shadows: readonly string[]): Promise<void> {
  for (const table of shadows) {
    await client.query('call engine.make_deferred_indexes($1)', [shadowOf(client, table)])
  }
}

function shadowOf(client: ClientBase, table: string): string {
  return `shadow.${client.escapeIdentifier(table)}`
}

/** The tables and all tables that they refer to, referred ones first. */
async function withReferred(client: ClientBase, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `with recursive needed as (
       select unnest($1::text[]) as name
       union
       select r.referred from needed join engine.read_references() r using (name))
     select name from needed join engine.ranks() using (name) order by rank, name`,
    [tables],
  )
  return rows.map(({ name }) => name)
}

/** Headers left at most after `catchUp`: the transaction that compares replays them, in milliseconds. */
const tailSize = 100

/** Headers of a batch: a few savepoints for each table are then no part of its cost. */
const shadowBatchSize = 10_000

/** Is called before each batch: `done` of `total` positions. */
export type OnBatch = (done: number, total: number) => void

/** Replays the log into shadows, batch by batch, almost to its head; returns the position it reached. */
export async function catchUp(
  client: ClientBase,
  shadows: readonly string[],
  after = '0',
  onBatch?: OnBatch,
): Promise<string> {
  let headBefore: string | undefined
  for (let position = after; ; ) {
    const head = await headPosition(client)
    onBatch?.(Number(position), Number(head))
    const batch = await nextBatch(client, position, head, shadowBatchSize)
    if (!batch || (batch.headers <= tailSize && batch.upto === head)) return position
    const [from, pace] = [position, paceAt(head, headBefore)]
    await forgettableTransaction(client, () => replayInto(client, shadows, from, batch.upto, pace))
    position = batch.upto
    headBefore = head
  }
}

/** Replays the log into shadows, batch by batch, up to a position. */
export async function replayUpTo(
  client: ClientBase,
  shadows: readonly string[],
  position: string,
  pace?: Pace,
  onBatch?: OnBatch,
): Promise<void> {
  for (let after = '0'; ; ) {
    onBatch?.(Number(after), Number(position))
    const batch = await nextBatch(client, after, position, shadowBatchSize)
    if (!batch) return
    const from = after
    await transaction(client, () => replayInto(client, shadows, from, batch.upto, pace))
    after = batch.upto
  }
}

/** Replays the rest of the log, in the caller's transaction; returns the position of the shadows. */
export async function replayTail(
  client: ClientBase,
  shadows: readonly string[],
  after: string,
): Promise<string> {
  const { rows } = await client.query(replayTailQuery(client, shadows, after))
  return rows[0].position
}

/** The same as a statement, which returns `position`. */
export function replayTailQuery(
  client: ClientBase,
  shadows: readonly string[],
  after: string,
): string {
  const names = shadows.map((name) => client.escapeLiteral(name)).join(', ')
  return `select engine.replay_to_end('shadow', array[${names}]::text[], ${after})::text as position`
}

async function replayInto(
  client: ClientBase,
  shadows: readonly string[],
  after: string,
  upto: string,
  pace?: Pace,
): Promise<void> {
  for (const table of shadows) await replay(client, 'shadow', table, after, upto, pace)
}
