// The event types of a database, for read tables that a test adds: each must project or ignore all.
import type { ClientBase } from 'pg'

/** The names of all event types, sorted, without those that `except` matches. */
export async function eventTypes(db: ClientBase, except?: RegExp): Promise<string[]> {
  const { rows } = await db.query<{ type: string }>(
    'select type from log.event_types order by type',
  )
  return rows.map(({ type }) => type).filter((type) => !except?.test(type))
}

/** The SQL by which a read table declares that it ignores these event types. */
export function ignores(table: string, types: readonly string[]): string {
  const parameters = types.map((type) => `log.${type}`).join(', ')
  return `create function ${table}_ignores(${parameters}) returns void language sql as '';`
}
