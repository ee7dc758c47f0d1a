/**
 * The machinery: the SQL files that all releases build on. When the text of any of them has changed, all
 * are installed again, and everything generated from them (appends, guards, projecting functions, replays) is generated again.
 */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { machineryVersion } from '../machinery-version.ts'
import { sha256 } from '../releases/releases.ts'
import { relationExists } from '../tables.ts'
import { lockOutVacuum, shortTransaction } from '../transactions.ts'
import { runTexts } from './machinery-texts.ts'

/**
 * The files below `db/machinery/`, in the order of their numbered names, which is the order in which they
 * are installed.
 */
export async function listMachinery(directory: string): Promise<string[]> {
  const folder = join(directory, 'machinery')
  const entries = await readdir(folder, { recursive: true })
  return entries.filter((entry) => entry.endsWith('.sql')).sort()
}

interface Source {
  readonly file: string
  readonly sha256: string
  readonly version: number
}

/** Installs this code's machinery, unless the database already has the same. */
export async function installMachinery(
  client: ClientBase,
  directory: string,
  say: (line: string) => void,
): Promise<void> {
  const texts = await changedTexts(client, directory)
  if (!texts) return
  const installed = await readSources(client)
  if (installed.some(({ version }) => version === machineryVersion)) {
    say(
      `this code has other files for version ${machineryVersion} of the machinery; installing them`,
    )
  }
  const declareAgain = async () => {
    const before = await presentObjects(client)
    await runMachinery(client, texts)
    await recordSources(client, directory)
    await client.query('call engine.regenerate_all()')
    const statements = [...(await makeStreamViews(client)), ...(await missingIndexes(client))]
    await client.query('call engine.grant_rights()')
    if (before) await client.query('call engine.record_changes($1)', [before])
    return { statements }
  }
  await shortTransaction(client, declareAgain, { say })
}

/** The objects of all tables as JSON; undefined where the machinery does not record objects yet. */
async function presentObjects(client: ClientBase): Promise<string | undefined> {
  const { rows: found } = await client.query(
    `select to_regprocedure('engine.present_objects()') is not null as there`,
  )
  if (!found[0].there) return undefined
  const { rows } = await client.query(
    'select jsonb_agg(to_jsonb(o))::text as objects from engine.present_objects() o',
  )
  return rows[0].objects
}

/** Runs the texts in the caller's transaction. They comment on tables, so a vacuum must give way. */
export async function runMachinery(client: ClientBase, texts: readonly string[]): Promise<void> {
  await lockOutVacuum(client, await listTables(client))
  await runTexts(client, texts)
}

/** The texts of this code's machinery; undefined where the database has the same. */
export async function changedTexts(
  client: ClientBase,
  directory: string,
): Promise<string[] | undefined> {
  const files = await readFiles(directory)
  const installed = await readSources(client)
  const same =
    files.length === installed.length &&
    files.every((f) => installed.some((i) => i.file === f.file && i.sha256 === f.sha256))
  return same ? undefined : files.map(({ text }) => text)
}

async function readFiles(directory: string): Promise<(Source & { text: string })[]> {
  return Promise.all(
    (await listMachinery(directory)).map(async (file) => {
      const text = await readFile(join(directory, 'machinery', file), 'utf8')
      return { file, text, sha256: sha256(text), version: machineryVersion }
    }),
  )
}

async function recordSources(client: ClientBase, directory: string): Promise<void> {
  const files = await readFiles(directory)
  await client.query('delete from engine.sources')
  await client.query(
    `insert into engine.sources (file, sha256, version)
     select file, sha256, $3 from unnest($1::text[], $2::text[]) as f (file, sha256)`,
    [files.map(({ file }) => file), files.map((file) => file.sha256), machineryVersion],
  )
}

/** The tables that the machinery has made so far, quoted; those of releases end in a number. */
async function listTables(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('log', 'read', 'engine', 'limits', 'sessions', 'work')
       and c.relname !~ '_[0-9]+$'
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

/** The statements that make the indexes which the tables of the machinery still lack. */
async function missingIndexes(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    'select statement from work.missing_indexes() statement',
  )
  return rows.map(({ statement }) => statement)
}

async function readSources(client: ClientBase): Promise<Source[]> {
  if (!(await relationExists(client, 'engine.sources'))) return []
  return (await client.query<Source>('select file, sha256, version from engine.sources')).rows
}
