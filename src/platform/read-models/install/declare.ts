/**
 * Declare: creates the tables and functions of new releases, in one transaction.
 *
 * Before it commits it checks three things: released files have not changed, every event type reaches
 * every read table that must receive it, and no existing projection changes. Statements that lock live
 * tables (a foreign key to one) come last, so that writers wait only for milliseconds.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { withShadowLock } from '../advisory-locks.ts'
import { InstallError } from '../errors.ts'
import { type Cell, isProjected, readMatrix } from '../matrix.ts'
import { missingKeys } from '../primary-keys.ts'
import {
  findCellRefusals,
  findRefusals,
  type Projections,
  readProjections,
} from '../releases/projection-changes.ts'
import { findReferenceRefusals } from '../releases/references.ts'
import { checkReleasedFiles, recordRelease } from '../releases/released-files.ts'
import type { Release, ReleaseFile } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'
import { findTableFaults } from '../releases/table-faults.ts'
import { dropTable, dropTriggers } from '../retire/drop-read-table.ts'
import { shortTransaction } from '../transactions.ts'
import { plan } from './plan.ts'
import { makeTaskTriggers } from './task-triggers.ts'

/** Declares the releases up to `target` that the database does not have yet. Throws InstallError. */
export async function declare(
  client: ClientBase,
  releases: readonly Release[],
  target: number,
  say: (line: string) => void,
): Promise<void> {
  const wanted = releases.filter(({ release }) => release <= target)
  const fresh = await checkReleasedFiles(client, wanted)
  // A rebuild whose shadow lacks a new event type would undo what such an event changed.
  if (fresh.length > 0) await withShadowLock(client, say, () => declareWanted(client, wanted, say))
  else await declareWanted(client, wanted, say)
}

async function declareWanted(
  client: ClientBase,
  wanted: readonly Release[],
  say: (line: string) => void,
): Promise<void> {
  const rewritten = await findRewritten(client, wanted)
  for (const table of rewritten) await startOver(client, table, say)
  const declared = await shortTransaction(client, () => declareNew(client, wanted, rewritten))
  // Also when nothing is new: an administrator can have created the service role since.
  await client.query('call engine.grant_rights()')
  for (const { release, name } of declared) say(`release ${release} (${name}) is declared`)
}

/** Declares what the database lacks, in the caller's transaction; returns the releases that are new. */
async function declareNew(
  client: ClientBase,
  wanted: readonly Release[],
  rewritten: readonly Rewritten[],
): Promise<Release[]> {
  const fresh = await checkReleasedFiles(client, wanted)
  for (const { name } of rewritten) await dropTable(client, name)
  const before = await readProjections(client)
  const { shared, readTables } = await plan(client, wanted, fresh)
  if (fresh.length === 0 && readTables.length === 0) return fresh
  await client.query('set local search_path = read, log, pg_temp')
  for (const release of fresh) await recordRelease(client, release, readTables)
  await declareShared(client, shared, before)
  await declareReadTables(client, readTables)
  return fresh
}

/** Runs the files of event tables, casts, backports and process managers, and connects them to live tables. */
async function declareShared(
  client: ClientBase,
  files: readonly ReleaseFile[],
  before: Projections,
): Promise<void> {
  await runReleaseFiles(client, files)
  refuse(findRefusals(before, await readProjections(client)))
  await checkEventTables(client, files)
  await reachExisting(client, before.cells)
  await client.query('call engine.make_stream_views()').catch((error: unknown) => {
    throw isRaised(error) ? new InstallError(error.message, { cause: error }) : error
  })
  refuse(await makeTaskTriggers(client))
}

async function declareReadTables(client: ClientBase, files: readonly ReleaseFile[]): Promise<void> {
  await runReleaseFiles(client, files)
  const made = await addTables(client, files)
  refuse(findCellRefusals(await readMatrix(client)))
  refuse(await missingKeys(client, 'read', made))
  refuse(await findReferenceRefusals(client, 'read'))
  refuse(await findTableFaults(client, 'read'))
}

/** raise_exception: a refusal of the engine's SQL, such as a missing cast to a stream's newest event. */
function isRaised(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code === 'P0001'
}

interface Rewritten {
  readonly name: string
  readonly file: string
  /** The rewritten table that it refers to; null where its own file was rewritten. */
  readonly because: string | null
}

/**
 * The tables whose build must start over, referring ones first: tables that could not be built and whose
 * files were rewritten since, and the building tables that refer to them.
 */
async function findRewritten(client: ClientBase, wanted: readonly Release[]): Promise<Rewritten[]> {
  const files = wanted.flatMap((release) => release.files)
  const { rows } = await client.query<Rewritten>(
    `with recursive rewritten as (
       select t.name, null as because
       from read.tables t join unnest($1::text[], $2::text[]) now (file, sha256) using (file)
       where t.state = 'building' and t.sha256 <> now.sha256
       union
       select t.name, rewritten.name
       from rewritten
       join pg_constraint k on k.contype = 'f'
         and k.confrelid = to_regclass(format('read.%I', rewritten.name))
       join read.tables t on t.state = 'building' and t.name <> rewritten.name
         and k.conrelid = to_regclass(format('read.%I', t.name))
     )
     select name, file, (array_agg(because order by because nulls first))[1] as because
     from rewritten join read.tables using (name)
     group by name, file
     order by engine.rank_of(name) desc, name`,
    [files.map(({ path }) => path), files.map((file) => file.sha256)],
  )
  return rows
}

/** Drops the triggers and references of a table whose build must start over. The table goes later. */
async function startOver(
  client: ClientBase,
  { name, file, because }: Rewritten,
  say: (line: string) => void,
): Promise<void> {
  say(
    because
      ? `${name} refers to ${because}, so its build starts over, too`
      : `db/releases/${file} was rewritten after ${name} could not be built; its build starts over`,
  )
  await dropTriggers(client, name)
  await dropReferences(client, name)
}

/**
 * Dropping a reference locks the table it points to until the commit. So it happens first, in a short
 * transaction of its own. Clearing the checksum makes sure that the build can only start over.
 */
async function dropReferences(client: ClientBase, table: string): Promise<void> {
  await shortTransaction(client, async () => {
    const { rows } = await client.query<{ drops: string | null }>(
      `select string_agg(format('drop constraint %I', conname), ', ') as drops
       from pg_constraint
       where conrelid = to_regclass(format('read.%I', $1::text)) and contype = 'f'`,
      [table],
    )
    const drops = rows[0]?.drops
    if (drops) await client.query(`alter table read.${client.escapeIdentifier(table)} ${drops}`)
    await client.query(`update read.tables set sha256 = '' where name = $1`, [table])
  })
}

/** Records the read tables that must be built; returns their names. */
async function addTables(client: ClientBase, files: readonly ReleaseFile[]): Promise<string[]> {
  const made = files.filter(({ kind }) => kind === 'read')
  await client.query(
    `insert into read.tables (name, release, file, sha256)
     select name, engine.release_of(name), file, sha256
     from unnest($1::text[], $2::text[], $3::text[]) as t (name, file, sha256)`,
    [made.map((f) => f.table), made.map((f) => f.path), made.map((f) => f.sha256)],
  )
  return made.map(({ table }) => table)
}

/**
 * Attaches the new event types to the existing read tables, in the transaction that creates them: no
 * client can have appended such an event yet, so no history is missed.
 */
async function reachExisting(client: ClientBase, before: readonly Cell[]): Promise<void> {
  const oldTypes = new Set(before.map(({ eventType }) => eventType))
  const cells = (await readMatrix(client)).filter((cell) => !oldTypes.has(cell.eventType))
  for (const cell of cells.filter(isProjected)) {
    await client.query('call engine.attach_trigger($1, $2)', [cell.readTable, cell.eventType])
  }
  for (const table of new Set(cells.map(({ readTable }) => readTable))) {
    await client.query(`call engine.make_replay($1, 'read')`, [table])
  }
}

/** Without a call of log.event_table, rows of an event table would have no order, guard or trigger. */
async function checkEventTables(client: ClientBase, files: readonly ReleaseFile[]): Promise<void> {
  const tables = files.filter(({ kind }) => kind === 'event').map(({ table }) => table)
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) name
     where not exists (select from log.event_types where type = name)`,
    [tables],
  )
  refuse(rows.map(({ name }) => `the file of log.${name} must call log.event_table('${name}', …)`))
}

function refuse(refusals: readonly string[]): void {
  if (refusals.length > 0) throw new InstallError(refusals.join('\n'))
}
