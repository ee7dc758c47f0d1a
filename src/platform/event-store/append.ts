/**
 * Append: calls of `log.append`, each one round trip and one transaction with a verdict for every
 * command. Leaves ordering, locks, positions and every constraint to the database (`db/machinery/02-append/2-append.sql`),
 * who waits for whom to the writer, and the meaning of a refusal to whoever asked.
 */

import type { ClientBase, Pool } from 'pg'
import { type AppendRequest, type AppendResult, toResult } from './append-request.ts'
import { RejectedError } from './errors.ts'
import type { Recorded } from './event.ts'

/** Brings a command into the log. Throws RejectedError with the code its constraint names. */
export type Write = (request: AppendRequest) => Promise<Recorded>

/** Writes without company: each command is a call of its own. */
export function writeAlone(pool: Pool): Write {
  return async (request) => {
    const [verdict] = await append(pool, [request])
    if (!verdict) throw new Error('log.append did not try its only command')
    const outcome = toResult(verdict)
    if (outcome instanceof RejectedError) throw outcome
    return outcome
  }
}

/** One call of `log.append`: a verdict for each command, in order. */
export async function append(
  on: Pool | ClientBase,
  requests: readonly AppendRequest[],
): Promise<AppendResult[]> {
  const { rows } = await on.query<{ verdicts: AppendResult[] }>({
    name: 'log.append',
    text: 'select log.append($1::jsonb) as verdicts',
    values: [toBatch(requests)],
  })
  const verdicts = rows[0]?.verdicts ?? []
  if (verdicts.length !== requests.length) {
    throw new Error(`log.append gave ${verdicts.length} verdicts for ${requests.length} commands`)
  }
  return verdicts
}

/**
 * Which of these commands are in the log, by their numbers from 0, and where. The whole header is
 * compared: of another one with the same id, somebody else's use of an idempotency key, no is said.
 */
export async function findRecorded(
  on: Pool | ClientBase,
  requests: readonly AppendRequest[],
): Promise<Map<number, Recorded>> {
  const { rows } = await on.query<{ n: number; position: string; recorded_at: Date }>({
    name: 'findRecorded',
    text: `select n::int - 1 as n, position, recorded_at
           from jsonb_array_elements($1::jsonb) with ordinality as sent (command, n)
           cross join lateral jsonb_to_record(command #> '{events,-1}') as last (
             id uuid, stream_id uuid, stream_version int, metadata jsonb)
           join log.events using (id, stream_id, stream_version)
           where events.metadata = coalesce(last.metadata, '{}')`,
    values: [toBatch(requests)],
  })
  return new Map(
    rows.map(({ n, position, recorded_at }) => [n, { position, recordedAt: recorded_at }]),
  )
}

function toBatch(requests: readonly AppendRequest[]): string {
  return `[${requests.map(({ json }) => json).join()}]`
}
