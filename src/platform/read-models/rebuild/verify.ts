/**
 * Verify: compares live read tables with a replay of the log, while writers go on.
 *
 * The shadow is built in batches, which is possible because the log never changes. Then one
 * repeatable-read transaction replays the tail and compares, so it sees shadow and table at one position.
 */

import type { ClientBase } from 'pg'
import { installedReleases } from '../releases/released-files.ts'
import { projectionFiles } from '../releases/releases.ts'
import { catchUp, createShadows, replayTail, withShadow } from '../replay/shadow.ts'
import { chooseLive } from '../tables.ts'
import { type Difference, readDifferences } from './difference.ts'

export interface Verification {
  readonly table: string
  /** The position at which table and shadow were compared. */
  readonly position: string
  /** How many rows differ. */
  readonly differences: number
  /** The first 100 of them. */
  readonly rows: readonly Difference[]
}

/** The most differing rows to list; the count shows how many there are. */
const maxRows = 100

/**
 * Compares the live read tables named, or all of them, with their replay. Throws MaintenanceError where a
 * name is no live read table, and InstallError where a released file has changed.
 */
export async function verify(
  client: ClientBase,
  directory: string,
  tables: readonly string[],
  say: (line: string) => void,
): Promise<Verification[]> {
  return withShadow(client, say, async () => {
    const names = await chooseLive(client, tables)
    const files = projectionFiles(await installedReleases(client, directory))
    const shadows = await createShadows(client, names, files)
    say(`replaying the log for ${shadows.join(', ')}`)
    const position = await catchUp(client, shadows)
    return compare(client, names, shadows, position)
  })
}

/** Replays the tail into the shadows and compares each table with its own, in one snapshot. */
async function compare(
  client: ClientBase,
  names: readonly string[],
  shadows: readonly string[],
  after: string,
): Promise<Verification[]> {
  await client.query('begin isolation level repeatable read')
  try {
    const position = await replayTail(client, shadows, after)
    const verifications: Verification[] = []
    for (const table of names) {
      const { count, rows } = await readDifferences(client, table, maxRows)
      verifications.push({ table, position, differences: count, rows })
    }
    return verifications
  } finally {
    await client.query('rollback')
  }
}
