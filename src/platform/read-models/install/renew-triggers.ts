/**
 * Renewed triggers: makes those triggers of the log again that an older machinery made with other conditions.
 */

import type { ClientBase } from 'pg'
import { shortTransaction } from '../transactions.ts'

/** Renews the triggers of one table in each short transaction, so that writers hardly wait. */
export async function renewTriggers(
  client: ClientBase,
  say: (line: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select name from engine.outdated_triggers() name',
  )
  for (const { name } of rows) {
    const ending = {
      tables: [`log.${client.escapeIdentifier(name)}`],
      statements: [`call engine.renew_triggers(${client.escapeLiteral(name)})`],
    }
    await shortTransaction(client, async () => ending, { say })
  }
}
