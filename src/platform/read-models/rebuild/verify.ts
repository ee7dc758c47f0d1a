/**
 * Verify: compares live read tables with a replay of the log, while writers go on.
 *
 * The shadow is built in batches, which is possible because the log never changes. Then one
 * repeatable-read transaction replays the tail and compares, so it sees shadow and table at one position.
 * The result is kept in `work.verifications`, for `epistle status` and the metrics, and the rows that differ in
 * `work.differences`, for the console.
 */

import type { ClientBase } from 'pg'
import { installedReleases, refuseNewerReleases } from '../releases/released-files.ts'
import { replayTail, withShadow } from '../replay/shadow.ts'
import { chooseLive } from '../tables.ts'
import { type Difference, type DifferingRow, readDifferences } from './difference.ts'
import { keepCopy } from './kept-copy.ts'
import { recordVerify } from './last-verify.ts'
import { type CopyOptions, type ReplayedShadows, replayShadows } from './replayed-shadows.ts'
import { unwatched } from './watch.ts'

export interface Verification {
  readonly table: string
  /** The position at which table and shadow were compared. */
  readonly position: string
  /**
   * The events after this position were replayed; up to it, the rows were compared with the kept copy.
   * "0" where the whole log was replayed.
   */
  readonly replayedAfter: string
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
  { sinceLast = false, keep = sinceLast, watch = unwatched }: CopyOptions = {},
): Promise<Verification[]> {
  const work = async () => {
    const names = await chooseLive(client, tables)
    const releases = await installedReleases(client, directory)
    const replayed = await replayShadows(client, releases, names, { sinceLast, keep, watch }, say)
    const found = await compare(client, names, replayed)
    const end = Number(found[0]?.position ?? replayed.position)
    watch.progress(end, end, 'positions')
    await recordVerify(client, found)
    const { shadows, position } = replayed
    if (keep) await keepCopy(client, releases, { tables: shadows, position })
    return found.map(withoutValues)
  }
  await refuseNewerReleases(client, directory)
  return withShadow(client, say, work, { checksLog: false })
}

interface Compared extends Verification {
  readonly rows: readonly DifferingRow[]
}

/** Values are personal data, which are kept where an erasure removes them, and printed nowhere. */
function withoutValues({ rows, ...verification }: Compared): Verification {
  return { ...verification, rows: rows.map(({ key, kind }) => ({ key, kind })) }
}

/** Replays the tail into the shadows and compares each table with its own, in one snapshot. */
async function compare(
  client: ClientBase,
  names: readonly string[],
  { shadows, position: after, replayedAfter }: ReplayedShadows,
): Promise<Compared[]> {
  await client.query('begin isolation level repeatable read')
  try {
    const position = await replayTail(client, shadows, after)
    const verifications: Compared[] = []
    for (const table of names) {
      const { count, rows } = await readDifferences(client, table, maxRows)
      const found = { position, replayedAfter: replayedAfter(table), differences: count, rows }
      verifications.push({ table, ...found })
    }
    return verifications
  } finally {
    await client.query('rollback')
  }
}
