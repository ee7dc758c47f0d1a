// The process managers of the installed releases, by the part of their name without a release:
// `welcome` → `welcome_8`.
import type { ClientBase } from 'pg'

export async function readProcesses(db: ClientBase): Promise<Record<string, string>> {
  const { rows } = await db.query<{ family: string; process: string }>(
    `select distinct engine.family_of(process) as family, process from engine.process_managers()`,
  )
  return Object.fromEntries(rows.map(({ family, process }) => [family, process]))
}
