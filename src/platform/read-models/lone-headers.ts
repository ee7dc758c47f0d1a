/**
 * Lone headers: headers of the log without their rows, which a session of the owner inserted while the guards
 * were missing. No replay can pass one, so commands that replay report them first.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from './errors.ts'

export interface LoneHeader {
  /** Decimal. */
  readonly position: string
  readonly eventType: string
}

/** The most headers that a message names. */
const maxNamed = 10

/** The headers after a position without rows that are not void; none where the machinery is older. */
export async function findLoneHeaders(client: ClientBase, after = '0'): Promise<LoneHeader[]> {
  const { rows: found } = await client.query(
    `select to_regprocedure('log.lone_headers(bigint)') is not null as there`,
  )
  if (!found[0].there) return []
  const { rows } = await client.query<LoneHeader>(
    `select header::text as position, event_type as "eventType"
     from log.lone_headers($1) order by header`,
    [after],
  )
  return rows
}

/** What happened and what to do, as a sentence; undefined where there is none. */
export function describeLoneHeaders(headers: readonly LoneHeader[]): string | undefined {
  const [first] = headers
  if (!first) return undefined
  const named = headers
    .slice(0, maxNamed)
    .map(({ position, eventType }) => `position ${position} (${eventType})`)
  const more = headers.length > maxNamed ? ` and ${headers.length - maxNamed} more` : ''
  return (
    `the log has headers without rows at ${named.join(', ')}${more}, which a session of the owner ` +
    'inserted while the guards were off; no read table shows such an event. Declare each void with ' +
    `\`select log.void_header(${first.position}, 'reason')\`; \`select * from log.lone_headers()\` lists all`
  )
}

/** Throws MaintenanceError where the log has a lone header after a position. */
export async function checkLoneHeaders(client: ClientBase, after = '0'): Promise<void> {
  const sentence = describeLoneHeaders(await findLoneHeaders(client, after))
  if (sentence) throw new MaintenanceError(sentence)
}
