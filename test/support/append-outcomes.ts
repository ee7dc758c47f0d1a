// What appends return and leave behind, in terms that are the same on two databases: ids and ranks instead of
// positions, and no times.
import type { ClientBase } from 'pg'
import type { AppendRequest, Event } from './append-requests.ts'

type Result = Readonly<Record<string, unknown>> | null
type Append = (db: ClientBase, requests: AppendRequest[]) => Promise<readonly Result[]>

/** For each request "accepted" with the id of its event, or why it was refused; or the error of the call. */
export async function outcomes(
  db: ClientBase,
  append: Append,
  requests: AppendRequest[],
): Promise<string[]> {
  try {
    const results = await append(db, requests)
    const { rows } = await db.query<{ id: string; at: string }>(
      `select id, position || ' ' || (to_jsonb(recorded_at) #>> '{}') as at from log.events
       where position = any ($1::bigint[])`,
      [results.map((result) => result?.position ?? null)],
    )
    return results.map((result) => {
      if (!result?.position) return `${result && (result.constraint ?? result.sqlstate)}`
      return `accepted ${rows.find(({ at }) => at === `${result.position} ${result.recorded_at}`)?.id}`
    })
  } catch (error) {
    return [`${(error as { code?: string }).code}`]
  }
}

/** The rows of all event and read tables. */
export async function contents(db: ClientBase): Promise<string[]> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('log', 'read') and tablename ~ '_[0-9]+$' order by 1`,
  )
  const { rows } = await db.query<{ position: string }>(
    'select position from log.events order by 1',
  )
  const ranks = new Map(rows.map(({ position }, rank) => [position, rank]))
  const lines: string[] = []
  for (const { name } of tables) {
    const { rows } = await db.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from ${name} t`,
    )
    lines.push(...rows.map(({ row }) => `${name} ${comparable(row, ranks)}`).sort())
  }
  return lines
}

function comparable(row: Record<string, unknown>, ranks: Map<string, number>): string {
  const cells = Object.entries(row).flatMap(([key, value]) => {
    if (key.endsWith('position')) return [`${key} ${ranks.get(`${value}`) ?? value}`]
    return key.endsWith('_at') && key !== 'expires_at' ? [] : [`${key} ${JSON.stringify(value)}`]
  })
  return cells.join()
}

/** The version of each stream. */
export async function versionsOf(db: ClientBase): Promise<Map<string, number>> {
  const { rows } = await db.query<{ stream_id: string; version: number }>(
    'select stream_id, max(stream_version) as version from log.events group by 1',
  )
  return new Map(rows.map(({ stream_id, version }) => [stream_id, version]))
}

/** Inserts the row of an event, as a release without aggregates does. */
export async function insertPlainly(db: ClientBase, { type, data }: Event): Promise<void> {
  const columns = Object.keys(data)
  await db.query(
    `insert into log.${type} (${columns}) values (${columns.map((_, n) => `$${n + 1}`)})`,
    Object.values(data),
  )
}
