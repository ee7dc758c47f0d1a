// History: a log that is long before the bench begins, written through log.append in large batches.
import type { ClientBase } from 'pg'
import { Actor } from './actor.ts'
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
  for (let left = messages; left > 0; left -= batchSize) {
    await append(
      client,
      Array.from({ length: batchSize }, () => actor.sendMessage()),
    )
  }
  await client.query('vacuum analyze')
  // As on a server that has run for a while, segments of the write-ahead log are there to be recycled.
  await client.query('checkpoint')
  return actor.users
}
