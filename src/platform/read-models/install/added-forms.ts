/**
 * Added forms: a release can add a form to a projection of an earlier read table, such as the form for one event
 * beside that for several. The functions that were generated for the cell then contain the new form.
 *
 * Takes no lock that a writer waits for. The two forms of a projection mean the same, and the earlier one stays. So an
 * append that still runs the earlier text writes the same rows.
 */

import type { ClientBase } from 'pg'

/** The forms of the projection of one attached cell. */
export interface Forms {
  readonly eventType: string
  readonly readTable: string
  readonly takesArray: boolean
  readonly takesEvent: boolean
}

/** The forms of all attached cells. */
export async function readForms(client: ClientBase): Promise<Forms[]> {
  const { rows } = await client.query<Forms>(
    `select a.event_type as "eventType", a.read_table as "readTable",
       c.takes_array as "takesArray", c.takes_event as "takesEvent"
     from engine.attached a
     join engine.cells_of(array(select distinct read_table from engine.attached)) c
       using (event_type, read_table)`,
  )
  return rows
}

/** Generates again what projects events of cells whose forms are others than before, in the caller's transaction. */
export async function useAddedForms(client: ClientBase, before: readonly Forms[]): Promise<void> {
  const known = new Set(before.map(lineOf))
  const changed = (await readForms(client)).filter((forms) => !known.has(lineOf(forms)))
  for (const eventType of new Set(changed.map((forms) => forms.eventType))) {
    await client.query('call engine.make_project($1, checked => true)', [eventType])
  }
  const readTables = [...new Set(changed.map(({ readTable }) => readTable))]
  await client.query(`call engine.make_replays($1, 'read')`, [readTables])
}

function lineOf({ eventType, readTable, takesArray, takesEvent }: Forms): string {
  return [eventType, readTable, takesArray, takesEvent].join(' ')
}
