/**
 * Build: a new read table gets its history by replay, in position order, while writers go on.
 *
 * In batches, each a transaction that also notes how far it came, so that a crash loses one batch.
 * The cut-over takes the append lock, replays what came meanwhile and sets the state: killed at
 * any instant, the table is either building or live.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { BuildError } from './errors.ts'
import { transaction } from './transactions.ts'

/** Headers a batch reads: enough to make commits cheap, few enough to be over in a second. */
const batchSize = 10_000
/** Events an array projection gets at once. */
const runLength = 1_000
/** When so few headers are left, the rest is replayed under the append lock. */
const cutOverSize = 200

/** Replays the log into a read table that is building, and sets it live. */
export async function build(client: ClientBase, table: string): Promise<void> {
  while ((await headersLeft(client, table)) > cutOverSize) {
    await transaction(client, () => replayBatch(client, table))
  }
  await transaction(client, async () => {
    await client.query('select log.take_append_lock()')
    while ((await replayBatch(client, table)) > 0);
    await client.query(
      `update read.tables set state = 'live', live_at = clock_timestamp() where name = $1`,
      [table],
    )
  })
  await client.query(`analyze read.${client.escapeIdentifier(table)}`)
}

async function headersLeft(client: ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ left: number }>(
    `select count(*)::int as left from (
       select from log.events
       where position > (select position from read.tables where name = $1)
       limit $2) e`,
    [table, cutOverSize + 1],
  )
  return rows[0]?.left ?? 0
}

/** Replays the next batch within the caller's transaction; answers how many headers it held. */
async function replayBatch(client: ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ after: string; upto: string; headers: number }>(
    `select t.position as after, max(e.position) as upto, count(e.position)::int as headers
     from read.tables t left join lateral (
       select position from log.events where position > t.position order by position limit $2) e
       on true
     where t.name = $1
     group by t.position`,
    [table, batchSize],
  )
  const batch = rows[0]
  if (!batch || batch.headers === 0) return 0
  await replay(client, 'read', table, batch.after, batch.upto)
  await client.query('update read.tables set position = $2 where name = $1', [table, batch.upto])
  return batch.headers
}

/**
 * Replays the events with after < position <= upto into a table of schema `read` or `shadow`.
 * A run that fails is replayed one by one before it is called a violation: an array projection
 * may meet a conflict within its run that the events, each in its turn, would not.
 */
export async function replay(
  client: ClientBase,
  schema: 'read' | 'shadow',
  table: string,
  after: string,
  upto: string,
  run = runLength,
): Promise<void> {
  const call = `select ${schema}.${client.escapeIdentifier(`${table}_replay`)}($1, $2, $3)`
  await client.query('savepoint run')
  try {
    await client.query(call, [after, upto, run])
  } catch (error) {
    if (!isViolation(error)) throw error
    await client.query('rollback to savepoint run')
    await client.query(call, [after, upto, 1]).catch((one: unknown) => {
      throw isViolation(one) ? new BuildError(table, one) : one
    })
  }
  await client.query('release savepoint run')
}

function isViolation(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code?.startsWith('23') === true
}
