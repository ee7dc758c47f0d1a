/**
 * Reactions: which events enqueue work for which processes (`db/machinery/04-service/2-work.sql`), and the triggers that do
 * it. They are made like those of the read tables, and are no part of any: nothing that replays the
 * log fires them.
 */

import type { ClientBase } from 'pg'
import { shortTransaction } from '../transactions.ts'

/** Makes the functions of the triggers anew, in the caller's transaction; answers what is missing. */
export async function makeReactions(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ fault: string }>(
    'select fault from engine.reactions() where fault is not null',
  )
  if (rows.length === 0) await client.query('call engine.make_reactions()')
  return rows.map(({ fault }) => fault)
}

/** The triggers that are not there yet, each in a transaction of its own: writers wait 50 ms at most. */
export async function attachWork(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ type: string }>(
    `select distinct r.event_type as type from engine.reactions() r
     where not exists (
       select from pg_trigger
       where tgrelid = to_regclass(format('log.%I', r.event_type)) and tgname = '99_work')
     order by 1`,
  )
  for (const { type } of rows) {
    await shortTransaction(client, () => client.query('call engine.attach_work($1)', [type]))
  }
}
