/**
 * Append: calls of `log.append`, each one round trip and one transaction with a verdict for every
 * command. Leaves ordering, locks, positions and every constraint to the database (`db/log.sql`),
 * who waits for whom to the writer, and the meaning of a refusal to whoever asked.
 */

import type { ClientBase, Pool } from 'pg'
import { type Command, toOutcome, type Verdict } from './command.ts'
import { RejectedError } from './errors.ts'
import type { Recorded } from './event.ts'

/** Brings a command into the log. Throws RejectedError with the code its constraint names. */
export type Write = (command: Command) => Promise<Recorded>

/** Writes without company: each command is a call of its own. */
export function writeAlone(pool: Pool): Write {
  return async (command) => {
    const [verdict] = await append(pool, [command])
    if (!verdict) throw new Error('log.append gave no verdict')
    const outcome = toOutcome(verdict)
    if (outcome instanceof RejectedError) throw outcome
    return outcome
  }
}

/** One call of `log.append`: a verdict for each command, in order. */
export async function append(
  on: Pool | ClientBase,
  commands: readonly Command[],
): Promise<Verdict[]> {
  const { rows } = await on.query<{ verdicts: Verdict[] }>({
    name: 'log.append',
    text: 'select log.append($1::jsonb) as verdicts',
    values: [`[${commands.map(({ json }) => json).join()}]`],
  })
  return rows[0]?.verdicts ?? []
}

/** Those of these events that are in the log: where, and in which stream. */
export async function findRecorded(
  on: Pool | ClientBase,
  ids: readonly string[],
): Promise<Map<string, Recorded & { readonly streamId: string }>> {
  const { rows } = await on.query({
    name: 'findRecorded',
    text: 'select id, stream_id, position, recorded_at from log.events where id = any ($1::uuid[])',
    values: [ids],
  })
  return new Map(
    rows.map(({ id, stream_id: streamId, position, recorded_at: recordedAt }) => [
      id,
      { streamId, position, recordedAt },
    ]),
  )
}
