// What the catalogue still contains of a read table; an empty list once the table is retired.
import type { ClientBase } from 'pg'
import { readProjections } from '../projections.ts'

/** The names of projections, functions, relations and engine rows that belong to one of the tables. */
export async function leftoversOf(db: ClientBase, tables: readonly string[]): Promise<string[]> {
  const projections = (await readProjections(db)).map(({ readTable }) => readTable)
  const { rows } = await db.query<{ name: string }>(
    `select proname as name from pg_proc where pronamespace = 'read'::regnamespace
     union all select relname from pg_class where relnamespace = 'read'::regnamespace
     union all select name from read.tables
     union all select read_table from engine.attached`,
  )
  return [...projections, ...rows.map(({ name }) => name)].filter((name) =>
    tables.some((table) => name === table || name.startsWith(`${table}_`)),
  )
}
