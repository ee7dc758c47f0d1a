// History: fills a log before the bench begins. Rows pass every guard and every projection, but in large
// batches.
import type { ClientBase } from 'pg'
import { Actor, content } from './actor.ts'
import { append } from './append.ts'

/** Requests per call: long transactions are cheap while there is no other writer. */
const batchSize = 1_000

export interface History {
  /** Registrations; password changes are added, a quarter as many. */
  readonly registrations: number
  readonly messages: number
}

/**
 * Writes registrations, password changes and sessions in random order, and then the messages. Returns
 * the ids of the users.
 */
export async function writeHistory(
  client: ClientBase,
  { registrations, messages }: History,
): Promise<readonly string[]> {
  const actor = new Actor({ register: 64, password: 16, session: 20 })
  while (actor.users.length < registrations) {
    await append(
      client,
      Array.from({ length: batchSize }, () => actor.next()),
    )
  }
  await writeMessages(client, actor.users, messages)
  return actor.users
}

/** Rows per transaction; more would not be faster. */
const runSize = 50_000

/** Writes messages between random users, headers and rows in one statement each; at best 30,000 a second. */
export async function writeMessages(
  client: ClientBase,
  users: readonly string[],
  count: number,
): Promise<void> {
  for (let left = count; left > 0; left -= runSize) {
    await client.query('begin')
    const { rows } = await client.query('select max(position) as position from log.events')
    await client.query(
      `insert into log.events (stream_id, stream_version, type, recorded_at)
       select log.uuid_v7(), 1, 'message_sent_3', recorded_at
       from (select log.next_recorded_at() as recorded_at offset 0) now, generate_series(1, $1)`,
      [Math.min(left, runSize)],
    )
    await client.query(
      `insert into log.message_sent_3 (id, src_id, dst_id, content, recorded_at, position)
       select stream_id, ($2::uuid[])[ceil(random() * $3::int)], ($2::uuid[])[ceil(random() * $3::int)],
         $4, recorded_at, position
       from log.events where position > $1 order by position`,
      [rows[0].position, users, users.length, content],
    )
    await client.query('commit')
  }
  await client.query('vacuum analyze')
  // As on a server that has run for a while, old WAL segments can then be recycled.
  await client.query('checkpoint')
}
