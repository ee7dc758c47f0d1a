/**
 * Attach: makes the events of existing event tables reach new read tables as soon as those are live.
 *
 * Promises that no append after the cut-over runs without the new read table: db/README.md, "How an append
 * projects", has the reason. Leaves the text that is generated to `engine.attach`.
 */

import type { ClientBase } from 'pg'
import { type Cell, isProjected, readMatrix } from '../matrix.ts'
import { shortTransaction } from '../transactions.ts'

/** Attaches new read tables, one event table in each short transaction, so that writers hardly wait. */
export async function attachAll(client: ClientBase, say: (line: string) => void): Promise<void> {
  await attachCells(client, await readMatrix(client), async (eventType, statement) => {
    const ending = {
      tables: [`log.${client.escapeIdentifier(eventType)}`],
      statements: [statement],
    }
    await shortTransaction(client, async () => ending, { say })
  })
}

/**
 * Attaches the cells that are projected and not attached yet, those of one event type together. `attach` gets
 * the event type and a statement, which locks the table of the event type at its end.
 */
export async function attachCells(
  client: ClientBase,
  cells: readonly Cell[],
  attach: (eventType: string, statement: string) => Promise<unknown>,
): Promise<void> {
  const missing = cells.filter((cell) => isProjected(cell) && !cell.attached)
  for (const eventType of new Set(missing.map((cell) => cell.eventType))) {
    const tables = missing
      .filter((cell) => cell.eventType === eventType)
      .map(({ readTable }) => client.escapeLiteral(readTable))
    const type = client.escapeLiteral(eventType)
    await attach(eventType, `call engine.attach(${type}, array[${tables.join(', ')}])`)
  }
}
