/**
 * Pre-flight: finds the events that constraints of new read tables would refuse, before anything is
 * installed.
 *
 * One transaction, which is rolled back, declares the new releases and replays the log into shadows of
 * their read tables. It goes on after each violation, so that all are reported at once. It waits for no
 * lock that a writer holds, and no writer waits for it.
 */

import type { ClientBase } from 'pg'
import { InstallError, type Violation } from '../errors.ts'
import type { Cell } from '../matrix.ts'
import { missingKeys } from '../primary-keys.ts'
import { findCellRefusals } from '../releases/projection-changes.ts'
import { findReferenceRefusals } from '../releases/references.ts'
import { checkReleasedFiles, recordRelease } from '../releases/released-files.ts'
import { projectionFiles, type Release } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'
import { findTableFaults } from '../releases/table-faults.ts'
import { createNewShadows } from '../replay/new-shadows.ts'
import { gentle, headPosition, nextBatch, replay, ViolationError } from '../replay/replay.ts'
import { withShadow } from '../replay/shadow.ts'
import { plan } from './plan.ts'

/** The violations found; `more` is true where there are others. */
export interface Findings {
  readonly violations: readonly Violation[]
  readonly more: boolean
}

/** Finds the violations of constraints of the read tables that the releases up to `target` bring. */
export async function preflight(
  client: ClientBase,
  releases: readonly Release[],
  target: number,
  say: (line: string) => void,
): Promise<Findings> {
  const wanted = releases.filter(({ release }) => release <= target)
  return withShadow(client, say, async () => {
    await client.query('begin isolation level read committed')
    try {
      await client.query(`set local lock_timeout = '5s'`)
      const fresh = await checkReleasedFiles(client, wanted)
      const { shared, readTables } = await plan(client, wanted, fresh, ['building'])
      for (const release of fresh) await recordRelease(client, release, readTables)
      await client.query('set local search_path = read, log, pg_temp')
      // Process managers react only to events that are still to come, so history cannot violate them.
      await runReleaseFiles(
        client,
        shared.filter(({ kind }) => kind !== 'process'),
      )
      await client.query('set local search_path = shadow, read, log, pg_temp')
      const names = readTables.filter(({ kind }) => kind === 'read').map(({ table }) => table)
      const shadows = await createNewShadows(client, names, projectionFiles(wanted))
      await checkDeclared(client, names)
      for (const name of shadows) {
        await client.query(`call engine.make_replay($1, 'shadow')`, [name])
      }
      return await findViolations(client, shadows)
    } finally {
      await client.query('rollback')
    }
  })
}

async function checkDeclared(client: ClientBase, tables: readonly string[]): Promise<void> {
  const { rows } = await client.query<Pick<Cell, 'readTable' | 'kind' | 'fault'>>(
    `select name as "readTable", c.kind, c.fault
     from unnest($1::text[]) name, engine.cells(name, 'shadow') c`,
    [tables],
  )
  const refusals = [
    ...findCellRefusals(rows),
    ...(await missingKeys(client, 'shadow', tables)),
    ...(await findReferenceRefusals(client, 'read')),
    ...(await findReferenceRefusals(client, 'shadow')),
    ...(await findTableFaults(client, 'read')),
    ...(await findTableFaults(client, 'shadow')),
  ]
  if (refusals.length > 0) throw new InstallError(refusals.join('\n'))
}

/** The most violations to report: an operator would not read more of them. */
const maxReported = 1_000

/** Replays the log into empty shadows without the events that are refused; returns those. */
async function findViolations(client: ClientBase, tables: readonly string[]): Promise<Findings> {
  const violations: Violation[] = []
  const head = await headPosition(client)
  for (const table of tables) {
    let after = '0'
    // Collects one more than it reports, to find out whether there are more.
    while (violations.length <= maxReported) {
      const batch = await nextBatch(client, after, head)
      if (!batch) break
      after = await replayAround(client, table, after, batch.upto, violations)
    }
  }
  return { violations: violations.slice(0, maxReported), more: violations.length > maxReported }
}

/** Replays up to the first violation or the end of the batch; returns the position to continue after. */
async function replayAround(
  client: ClientBase,
  table: string,
  after: string,
  upto: string,
  violations: Violation[],
): Promise<string> {
  await client.query('savepoint batch')
  try {
    await replay(client, 'shadow', table, after, upto, gentle)
    return upto
  } catch (error) {
    if (!(error instanceof ViolationError)) throw error
    await client.query('rollback to savepoint batch')
    const { position } = error.violation
    violations.push(error.violation)
    await replay(client, 'shadow', table, after, String(BigInt(position) - 1n), gentle)
    return position
  } finally {
    await client.query('release savepoint batch').catch(() => undefined)
  }
}
