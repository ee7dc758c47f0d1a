/**
 * Declare: creates the tables and functions of new releases, in one transaction.
 *
 * Before it commits it checks: released files have not changed, every event type reaches every read table
 * that must receive it, no existing projection changes, and no file locks what is in use. Statements that
 * lock live tables and views (foreign keys, views of streams) come last, in one round trip with the commit.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { withShadowLock } from '../advisory-locks.ts'
import { InstallError } from '../errors.ts'
import { type Cell, readMatrix } from '../matrix.ts'
import { missingKeys } from '../primary-keys.ts'
import {
  findCellRefusals,
  findRefusals,
  type Projections,
  readProjections,
} from '../releases/projection-changes.ts'
import { findReferenceRefusals } from '../releases/references.ts'
import { checkReleasedFiles, recordRelease } from '../releases/released-files.ts'
import { projectionFiles, type Release, type ReleaseFile } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'
import { findTableFaults } from '../releases/table-faults.ts'
import { type Ending, shortTransaction } from '../transactions.ts'
import { readForms, useAddedForms } from './added-forms.ts'
import { attachCells } from './attach.ts'
import { makeStreamViews } from './machinery.ts'
import { plan } from './plan.ts'
import { dropRewritten, findRewritten, type Rewritten, startOver } from './rewritten.ts'
import { createStaged, type Key, stagingSchema } from './staging.ts'
import { findStrongLocks, relationsInUse } from './strong-locks.ts'
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
  let declared: readonly Release[] = []
  const declareThem = async () => {
    declared = await checkReleasedFiles(client, wanted)
    return declareNew(client, wanted, declared, rewritten)
  }
  await shortTransaction(client, declareThem, { say })
  // Also when nothing is new: an administrator can have created the service role since.
  await client.query('call engine.grant_rights()')
  for (const { release, name } of declared) say(`release ${release} (${name}) is declared`)
}

/** Declares what the database lacks, in the caller's transaction, except for what its ending does. */
async function declareNew(
  client: ClientBase,
  wanted: readonly Release[],
  fresh: readonly Release[],
  rewritten: readonly Rewritten[],
): Promise<Ending> {
  await dropRewritten(client, rewritten)
  const before = await readProjections(client)
  const { shared, readTables } = await plan(client, wanted, fresh)
  if (fresh.length === 0 && readTables.length === 0) return { statements: [] }
  const existing = await relationsInUse(client)
  await client.query('set local search_path = read, log, pg_temp')
  for (const release of fresh) await recordRelease(client, release, readTables)
  const views = await declareShared(client, shared, before)
  const keys = await declareReadTables(client, readTables, projectionFiles(wanted), existing)
  return {
    tables: [...new Set(keys.map(({ table }) => table))],
    underAppendLock: keys.length > 0,
    statements: [...keys.map(({ statement }) => statement), ...views],
  }
}

/**
 * Runs the files of event tables, casts, backports and process managers, and connects them to live tables.
 * Returns the statements that replace views of streams, which are still to be run.
 */
async function declareShared(
  client: ClientBase,
  files: readonly ReleaseFile[],
  before: Projections,
): Promise<string[]> {
  const formsBefore = await readForms(client)
  await runReleaseFiles(client, files)
  refuse(findRefusals(before, await readProjections(client)))
  refuse(await findUndeclared(client, files))
  await useAddedForms(client, formsBefore)
  await reachExisting(client, before.cells)
  const views = await makeStreamViews(client).catch((error: unknown) => {
    throw isRaised(error) ? new InstallError(error.message, { cause: error }) : error
  })
  refuse(await makeTaskTriggers(client))
  return views
}

/** Returns the foreign keys to tables in use, which are still to be added. */
async function declareReadTables(
  client: ClientBase,
  files: readonly ReleaseFile[],
  all: readonly ReleaseFile[],
  existing: readonly string[],
): Promise<Key[]> {
  const keys = await createStaged(client, files, all, async () => {
    refuse([
      ...(await findReferenceRefusals(client, stagingSchema)),
      ...(await findTableFaults(client, stagingSchema)),
      ...(await findStrongLocks(client, existing)),
    ])
  })
  const made = await addTables(client, files)
  refuse(findCellRefusals(await readMatrix(client)))
  refuse(await missingKeys(client, 'read', made))
  refuse(await findReferenceRefusals(client, 'read'))
  refuse(await findTableFaults(client, 'read'))
  await client.query('call engine.make_expectations()')
  return keys
}

/** raise_exception: a refusal of the engine's SQL, such as a missing cast to a stream's newest event. */
function isRaised(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code === 'P0001'
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
  await attachCells(client, cells, (_, statement) => client.query(statement))
  const reached = new Set(cells.map(({ readTable }) => readTable))
  await client.query(`call engine.make_replays($1, 'read')`, [[...reached]])
}

/** Without a call of log.event_table, rows of an event table would have no order, guard or trigger. */
export async function findUndeclared(
  client: ClientBase,
  files: readonly ReleaseFile[],
): Promise<string[]> {
  const tables = files.filter(({ kind }) => kind === 'event').map(({ table }) => table)
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) name
     where not exists (select from log.event_types where type = name)`,
    [tables],
  )
  return rows.map(({ name }) => `the file of log.${name} must call log.event_table('${name}', …)`)
}

function refuse(refusals: readonly string[]): void {
  if (refusals.length > 0) throw new InstallError(refusals.join('\n'))
}
