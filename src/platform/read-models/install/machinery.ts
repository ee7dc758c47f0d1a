/**
 * The machinery: the SQL files that all releases build on. When the text of any of them has changed, all
 * are installed again, and everything generated from them (triggers, guards, replays) is generated again.
 */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { sha256 } from '../releases/releases.ts'
import { relationExists } from '../tables.ts'
import { lockOutVacuum, shortTransaction } from '../transactions.ts'

/**
 * The files below `db/machinery/`, in the order of their numbered names, which is the order in which they
 * are installed.
 */
export async function listMachinery(directory: string): Promise<string[]> {
  const folder = join(directory, 'machinery')
  const entries = await readdir(folder, { recursive: true })
  return entries.filter((entry) => entry.endsWith('.sql')).sort()
}

/** Grows with each published change of the machinery. Older code leaves a newer machinery unchanged. */
export const machineryVersion = 1

interface Source {
  readonly file: string
  readonly sha256: string
  readonly version: number
}

/** Installs this code's machinery, unless the database already has the same or a newer one. */
export async function installMachinery(client: ClientBase, directory: string): Promise<void> {
  const files = await Promise.all(
    (await listMachinery(directory)).map(async (file) => {
      const text = await readFile(join(directory, 'machinery', file), 'utf8')
      return { file, text, sha256: sha256(text), version: machineryVersion }
    }),
  )
  const installed = await readSources(client)
  if (installed.some(({ version }) => version > machineryVersion)) return
  if (files.every((f) => installed.some((i) => i.file === f.file && i.sha256 === f.sha256))) return
  await shortTransaction(client, async () => {
    // The files comment on tables, for which a vacuum would have to be waited for.
    await lockOutVacuum(client, await listTables(client))
    for (const { text } of files) await client.query(text)
    for (const { file, sha256, version } of files) {
      await client.query(
        `insert into engine.sources (file, sha256, version) values ($1, $2, $3)
         on conflict (file) do update set sha256 = excluded.sha256, version = excluded.version`,
        [file, sha256, version],
      )
    }
    await client.query('call engine.regenerate_all()')
    const statements = await makeStreamViews(client)
    await client.query('call engine.grant_rights()')
    return { statements }
  })
}

/** The tables that the machinery and the releases made, quoted. */
async function listTables(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('log', 'read', 'engine', 'limits', 'work')
     order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** Makes missing views of streams. Returns the statements that replace those which must change. */
export async function makeStreamViews(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    'select statement from engine.make_stream_views() statement',
  )
  return rows.map(({ statement }) => statement)
}

async function readSources(client: ClientBase): Promise<Source[]> {
  if (!(await relationExists(client, 'engine.sources'))) return []
  return (await client.query<Source>('select file, sha256, version from engine.sources')).rows
}
