/**
 * Rehearsal: declares new releases in a transaction that is rolled back, their read tables as shadows, with
 * this code's machinery. So a release is refused before anything in the database has changed.
 *
 * It waits for no lock that a writer holds, and no writer waits for it.
 */

import type { ClientBase } from 'pg'
import { InstallError } from '../errors.ts'
import type { Cell } from '../matrix.ts'
import { missingKeys } from '../primary-keys.ts'
import { findCellRefusals, findRefusals, readProjections } from '../releases/projection-changes.ts'
import { findReferenceRefusals } from '../releases/references.ts'
import { checkReleasedFiles, recordRelease } from '../releases/released-files.ts'
import { projectionFiles, type Release } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'
import { findTableFaults } from '../releases/table-faults.ts'
import { createNewShadows } from '../replay/new-shadows.ts'
import { withShadow } from '../replay/shadow.ts'
import { findUndeclared } from './declare.ts'
import { changedTexts, runMachinery } from './machinery.ts'
import { plan } from './plan.ts'
import { findStrongLocks, relationsInUse } from './strong-locks.ts'

export interface Rehearsal {
  readonly client: ClientBase
  /** The folder with the machinery. */
  readonly directory: string
  /** The releases up to the one to install. */
  readonly wanted: readonly Release[]
  readonly say: (line: string) => void
}

/**
 * Runs `work` with empty shadows of the read tables that the database lacks, referred ones first. Throws
 * InstallError where install would refuse the releases.
 */
export async function rehearse<T>(
  { client, directory, wanted, say }: Rehearsal,
  work: (shadows: readonly string[]) => Promise<T>,
): Promise<T> {
  return withShadow(client, say, async () => {
    await client.query('begin isolation level read committed')
    try {
      await client.query(`set local lock_timeout = '5s'`)
      // Before a new machinery, which can create tables of its own.
      const existing = await relationsInUse(client)
      const texts = await changedTexts(client, directory)
      if (texts) await runMachinery(client, texts)
      const shadows = await declareShadows(client, wanted, existing)
      await client.query(`call engine.make_replays($1, 'shadow')`, [shadows])
      return await work(shadows)
    } finally {
      await client.query('rollback')
    }
  })
}

async function declareShadows(
  client: ClientBase,
  wanted: readonly Release[],
  existing: readonly string[],
): Promise<string[]> {
  const fresh = await checkReleasedFiles(client, wanted)
  const { shared, readTables } = await plan(client, wanted, fresh, ['building'])
  const before = await readProjections(client)
  for (const release of fresh) await recordRelease(client, release, readTables)
  await client.query('set local search_path = read, log, pg_temp')
  await runReleaseFiles(client, shared)
  refuse([
    ...findRefusals(before, await readProjections(client)),
    ...(await findUndeclared(client, shared)),
    ...(await streamRefusals(client)),
  ])
  await client.query('set local search_path = shadow, read, log, pg_temp')
  const names = readTables.filter(({ kind }) => kind === 'read').map(({ table }) => table)
  const shadows = await createNewShadows(client, names, projectionFiles(wanted))
  refuse([
    ...findCellRefusals(await shadowCells(client, names)),
    ...(await missingKeys(client, 'shadow', names)),
    ...(await findReferenceRefusals(client, 'read')),
    ...(await findReferenceRefusals(client, 'shadow')),
    ...(await findTableFaults(client, 'read')),
    ...(await findTableFaults(client, 'shadow')),
    ...(await findStrongLocks(client, existing)),
  ])
  return shadows
}

async function shadowCells(
  client: ClientBase,
  tables: readonly string[],
): Promise<Pick<Cell, 'readTable' | 'kind' | 'fault'>[]> {
  const { rows } = await client.query(
    `select read_table as "readTable", kind, fault from engine.cells_of($1, 'shadow')`,
    [tables],
  )
  return rows
}

/** Process managers that miss an event, and streams whose newest version an event cannot be cast to. */
async function streamRefusals(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ fault: string }>(
    `select fault from engine.process_managers() where fault is not null
     union
     select format('log.%s_stream_%s needs a cast of log.%s to the newest version of its event',
       aggregate, release, event_type)
     from engine.stream_cells()
     where standing = 'unknown' and engine.release_of(event_type) <= release`,
  )
  return rows.map(({ fault }) => fault)
}

function refuse(refusals: readonly string[]): void {
  if (refusals.length > 0) throw new InstallError([...new Set(refusals)].join('\n'))
}
