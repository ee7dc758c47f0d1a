/**
 * Pre-flight: would the history fit into the new read tables? Found out before anything is installed.
 *
 * One transaction that is rolled back declares the new releases and replays the log into shadows of
 * their read tables, one violation after the other, so that all are told at once. It waits for no
 * lock that a writer holds, and no writer waits for it.
 */

import type { ClientBase } from 'pg'
import { InstallError } from '../errors.ts'
import type { Cell } from '../matrix.ts'
import { keyFaults } from '../rebuild/difference.ts'
import { checkFrozen, record } from '../releases/frozen.ts'
import { findCellFaults } from '../releases/meaning.ts'
import { referenceFaults } from '../releases/references.ts'
import type { Release, ReleaseFile } from '../releases/releases.ts'
import { plan, projectionFiles, runInAnyOrder } from '../releases/run-files.ts'
import {
  gentle,
  headPosition,
  nextBatch,
  replay,
  type Violation,
  ViolationError,
} from '../replay/replay.ts'
import { withShadow } from '../replay/shadow.ts'

/** What history breaks; `more` where that is not all of it. */
export interface Findings {
  readonly violations: readonly Violation[]
  readonly more: boolean
}

/** What would break a constraint of the read tables that releases up to `target` bring. */
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
      const fresh = await checkFrozen(client, wanted)
      const { shared, readTables } = await plan(client, wanted, fresh, ['building'])
      for (const release of fresh) await record(client, release, readTables)
      await client.query('set local search_path = read, log, pg_temp')
      // What is to be done because of new events has no say about old ones.
      await runInAnyOrder(
        client,
        shared.filter(({ kind }) => kind !== 'process'),
      )
      await client.query('set local search_path = shadow, read, log, pg_temp')
      const names = readTables.filter(({ kind }) => kind === 'read').map(({ table }) => table)
      const shadows = await createNewShadows(client, names, projectionFiles(wanted))
      await checkFaults(client, names)
      for (const name of shadows)
        await client.query(`call engine.make_replay($1, 'shadow')`, [name])
      return await findViolations(client, shadows)
    } finally {
      await client.query('rollback')
    }
  })
}

async function checkFaults(client: ClientBase, tables: readonly string[]): Promise<void> {
  const { rows } = await client.query<Pick<Cell, 'readTable' | 'kind' | 'fault'>>(
    `select name as "readTable", c.kind, c.fault
     from unnest($1::text[]) name, engine.cells(name, 'shadow') c`,
    [tables],
  )
  const faults = [
    ...findCellFaults(rows),
    ...(await keyFaults(client, 'shadow', tables)),
    ...(await referenceFaults(client, 'read')),
    ...(await referenceFaults(client, 'shadow')),
  ]
  if (faults.length > 0) throw new InstallError(faults.join('\n'))
}

/** Violations that are told; more of the same would not be read. */
const shown = 1_000

/** Replays the log into empty shadows, leaving out what is refused; answers what that was. */
async function findViolations(client: ClientBase, tables: readonly string[]): Promise<Findings> {
  const violations: Violation[] = []
  const head = await headPosition(client)
  for (const table of tables) {
    let after = '0'
    // One more than are told, to know whether there are more.
    while (violations.length <= shown) {
      const batch = await nextBatch(client, after, head)
      if (!batch) break
      after = await replayAround(client, table, after, batch.upto, violations)
    }
  }
  return { violations: violations.slice(0, shown), more: violations.length > shown }
}

/** Replays up to the first refusal or the end of the batch; answers where to go on. */
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

/**
 * Creates shadows of read tables that are not there yet, inside the caller's transaction, each
 * beside shadows of what it refers to: a foreign key to a live table would lock that one. Answers
 * all shadows, referred ones first.
 */
async function createNewShadows(
  client: ClientBase,
  tables: readonly string[],
  files: readonly ReleaseFile[],
): Promise<string[]> {
  const made: string[] = []
  async function create(table: string): Promise<void> {
    if (made.includes(table)) return
    for (const name of referredTables(table, files)) await create(name)
    for (const file of files) if (file.table === table) await client.query(file.text)
    made.push(table)
  }
  for (const table of tables) await create(table)
  return made
}

/** As the texts say it: to find out by trying would wait for the locks of whoever writes. */
function referredTables(table: string, files: readonly ReleaseFile[]): string[] {
  const readTables = new Set(files.filter(({ kind }) => kind === 'read').map((file) => file.table))
  return files
    .filter((file) => file.table === table)
    .flatMap(({ text }) =>
      [...text.matchAll(/\breferences\s+"?(\w+)/gi)].map(([, name]) => name ?? ''),
    )
    .filter((name) => name !== table && readTables.has(name))
}
