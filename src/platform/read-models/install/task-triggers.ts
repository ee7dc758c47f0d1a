/**
 * Task triggers: the triggers by which events enqueue tasks for process managers.
 *
 * Their functions are generated like those that project, but belong to no read table, so a replay of the log
 * runs none of them.
 */

import type { ClientBase } from 'pg'
import { shortTransaction } from '../transactions.ts'

/**
 * Generates the functions of the triggers again, in the caller's transaction. Returns what a release
 * lacks, one line each; then it generates nothing.
 */
export async function makeTaskTriggers(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ fault: string }>(
    'select fault from engine.process_managers() where fault is not null',
  )
  if (rows.length === 0) await client.query('call engine.make_task_triggers()')
  return rows.map(({ fault }) => fault)
}

/** Attaches the missing triggers, each in its own short transaction, so that writers hardly wait. */
export async function attachTaskTriggers(
  client: ClientBase,
  say: (line: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ type: string }>(
    `select distinct r.event_type as type from engine.process_managers() r
     where not exists (
       select from pg_trigger
       where tgrelid = to_regclass(format('log.%I', r.event_type)) and tgname = '99_work')
     order by 1`,
  )
  for (const { type } of rows) {
    const ending = {
      tables: [`log.${client.escapeIdentifier(type)}`],
      statements: [`call engine.attach_task_trigger(${client.escapeLiteral(type)})`],
    }
    await shortTransaction(client, async () => ending, { say })
  }
}
