/** Cursors of endpoints: the position of the last event that each has, compared with the end of the log. */

import type { ClientBase } from 'pg'
import { findEndOfLog } from '../standby-reads/await-position.ts'

export async function moveCursor(
  client: ClientBase,
  name: string,
  position: string,
): Promise<void> {
  await client.query({
    name: 'moveWebhookCursor',
    text: `update work.webhooks
           set position = $2, attempted_at = clock_timestamp(), due_at = clock_timestamp(), attempts = 0,
             failing_since = null, last_error = null
           where name = $1`,
    values: [name, position],
  })
}

/**
 * Disables an endpoint whose position is beyond the end of the log, which was restored to an earlier time without it:
 * it would wait in silence, and then miss events. Returns its name and the reason; undefined if there is none.
 */
export async function disableBeyond(
  client: ClientBase,
  last: string,
): Promise<{ name: string; reason: string } | undefined> {
  const { rows } = await client.query<{ name: string; position: string }>({
    name: 'takeEndpointBeyond',
    text: `select name, position from work.webhooks
           where disabled_at is null and position > $1 limit 1 for update skip locked`,
    values: [last],
  })
  const [beyond] = rows
  // The cursor can be newer than the end that was read before, or come from another server than that, after a failover.
  // It cannot be newer than one that is read now, from the same server.
  const end = beyond && (await findEndOfLog(client))
  if (!beyond || BigInt(beyond.position) <= (end ?? 0n)) return undefined
  const { name, position } = beyond
  const reason =
    `its position ${position} is beyond the end of the log (${end}), so the log was restored to an earlier time; ` +
    'run epistle webhook replay with the last position that the receiver still has, then enable'
  await client.query({
    name: 'disableWebhookBeyond',
    // An error of an earlier delivery is not the reason.
    text: `update work.webhooks
           set disabled_at = clock_timestamp(), disabled_because = $2, failing_since = null, last_error = null
           where name = $1`,
    values: [name, reason],
  })
  return { name, reason }
}
