/**
 * Verify: is a read table what its events say? Found out while writers go on.
 *
 * The shadow is built in batches, since the log never changes; then one repeatable-read transaction
 * replays the tail and compares, so that shadow and table are seen at one position.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { checkFrozen } from '../releases/frozen.ts'
import { type Release, readReleases } from '../releases/releases.ts'
import { projectionFiles } from '../releases/run-files.ts'
import { catchUp, createShadows, replayTail, withShadow } from '../replay/shadow.ts'
import { checkInstalled } from '../tables.ts'
import { type Difference, readDifferences } from './difference.ts'

export interface Verdict {
  readonly table: string
  /** The position at which table and shadow were compared. */
  readonly position: string
  /** How many rows differ. */
  readonly differences: number
  /** The first of them. */
  readonly rows: readonly Difference[]
}

/** Rows of a difference that are shown; a table that is wrong throughout is told by its count. */
const shown = 100

/** Compares live read tables, all of them where none is named, with their replay. */
export async function verify(
  client: ClientBase,
  directory: string,
  tables: readonly string[],
  say: (line: string) => void,
): Promise<Verdict[]> {
  return withShadow(client, say, async () => {
    const names = await chooseLive(client, tables)
    const files = projectionFiles(await installedReleases(client, directory))
    const shadows = await createShadows(client, names, files)
    say(`replaying the log for ${shadows.join(', ')}`)
    const position = await catchUp(client, shadows)
    return compare(client, names, shadows, position)
  })
}

/** In one snapshot: the tail into the shadows, then each table against its own. */
async function compare(
  client: ClientBase,
  names: readonly string[],
  shadows: readonly string[],
  after: string,
): Promise<Verdict[]> {
  await client.query('begin isolation level repeatable read')
  try {
    const position = await replayTail(client, shadows, after)
    const verdicts: Verdict[] = []
    for (const table of names) {
      const { count, rows } = await readDifferences(client, table, shown)
      verdicts.push({ table, position, differences: count, rows })
    }
    return verdicts
  } finally {
    await client.query('rollback')
  }
}

/** The live read tables among those named, or all. Throws MaintenanceError for one that is not live. */
export async function chooseLive(client: ClientBase, tables: readonly string[]): Promise<string[]> {
  await checkInstalled(client)
  const { rows } = await client.query<{ name: string; state: string }>(
    `select name, state from read.tables order by engine.rank_of(name), name`,
  )
  for (const table of tables) {
    const found = rows.find(({ name }) => name === table)
    if (found?.state !== 'live') {
      const state = found ? `is ${found.state}` : 'is no read table of this database'
      throw new MaintenanceError(`${table} ${state}; live are ${liveNames(rows).join(', ')}`)
    }
  }
  return tables.length > 0 ? [...tables] : liveNames(rows)
}

function liveNames(rows: readonly { name: string; state: string }[]): string[] {
  return rows.filter(({ state }) => state === 'live').map(({ name }) => name)
}

/**
 * The releases that the database has, from this code's folder. Throws MaintenanceError where the database
 * has a newer one, and InstallError where a released file is not what it was: a shadow without a
 * later backport would show as damage what is right.
 */
export async function installedReleases(client: ClientBase, directory: string): Promise<Release[]> {
  const { rows } = await client.query<{ release: number }>('select release from log.releases')
  const installed = new Set(rows.map(({ release }) => release))
  const releases = (await readReleases(directory)).filter(({ release }) => installed.has(release))
  if (releases.length < installed.size) {
    throw new MaintenanceError(
      `the database has release ${Math.max(...installed)}, which this code does not know; ` +
        'run this with the newest code that is deployed',
    )
  }
  await checkFrozen(client, releases)
  return releases
}
