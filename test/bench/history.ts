// History: a log that is long before the bench begins, written past no guard and no projection, but in
// large batches.
import type { ClientBase } from 'pg'
import { Actor, content } from './actor.ts'
import { append } from './append.ts'

/** Commands a call: long transactions are cheap while nobody else writes. */
const batchSize = 1_000

export interface History {
  /** Registrations, and a quarter as many changes of password among them. */
  readonly registrations: number
  readonly messages: number
}

/**
 * Writes a history in which registrations, changes of password and sessions alternate as they would,
 * and then the messages; answers the ids of its users.
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

/** Rows a transaction: past this it is no faster. */
const runSize = 50_000

/** Messages from anybody to anybody, headers and rows each in one statement; 30,000 a second at best. */
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
  // As on a server that has run for a while, segments of the write-ahead log are there to be recycled.
  await client.query('checkpoint')
}
