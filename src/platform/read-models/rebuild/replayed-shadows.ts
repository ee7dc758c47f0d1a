/**
 * Replayed shadows: what verify and rebuild compare a live read table with. They are replayed from the start
 * of the log, or from where the kept copy is.
 */

import type { ClientBase } from 'pg'
import { checkLoneHeaders } from '../lone-headers.ts'
import { projectionFiles, type Release } from '../releases/releases.ts'
import { gentle } from '../replay/replay.ts'
import { catchUp, createShadows, makeIndexes, replayUpTo } from '../replay/shadow.ts'
import { takeCopy } from './kept-copy.ts'
import type { Watch } from './watch.ts'

export interface CopyOptions {
  /** Replays only the events after the kept copy, where there is one; implies `keep`. */
  readonly sinceLast?: boolean
  /** Keeps the shadows as the copy for the next run. */
  readonly keep?: boolean
  readonly watch?: Watch
}

export interface ReplayOptions {
  /** Starts from the kept copy, where there is one. */
  readonly sinceLast: boolean
  /** Whether the shadows are kept as the copy for the next run. */
  readonly keep: boolean
  /** Whether the shadows are replayed further after the comparison, while writers wait. */
  readonly followed?: boolean
  readonly watch: Pick<Watch, 'progress'>
}

export interface ReplayedShadows {
  readonly shadows: readonly string[]
  /** The position that they have reached. */
  readonly position: string
  /** The position of the kept copy that a table was replayed after; "0" where it was replayed whole. */
  replayedAfter(table: string): string
}

/**
 * Replays shadows of the tables, and of those they refer to, almost to the end of the log. Throws
 * MaintenanceError where what it replays has a header without its row.
 */
export async function replayShadows(
  client: ClientBase,
  releases: readonly Release[],
  tables: readonly string[],
  { sinceLast, keep, followed = keep, watch }: ReplayOptions,
  say: (line: string) => void,
): Promise<ReplayedShadows> {
  const copy = sinceLast ? await takeCopy(client, releases, say) : undefined
  const { tables: kept, position: after } = copy ?? { tables: [], position: '0' }
  const whole = await createShadows(client, tables, projectionFiles(releases), {
    there: kept,
    logged: keep,
  })
  await checkLoneHeaders(client, whole.length > 0 ? '0' : after)
  if (kept.length > 0) say(`replaying the log after position ${after} for ${kept.join(', ')}`)
  if (whole.length > 0) say(`replaying the log for ${whole.join(', ')}`)
  const onBatch = (done: number, total: number) => watch.progress(done, total, 'positions')
  if (kept.length > 0) await replayUpTo(client, whole, after, gentle, onBatch)
  const shadows = [...kept, ...whole]
  const position = await catchUp(client, shadows, after, onBatch)
  if (followed) await makeIndexes(client, whole)
  return {
    shadows,
    position: followed ? await catchUp(client, shadows, position, onBatch) : position,
    replayedAfter: (table) => (kept.includes(table) ? after : '0'),
  }
}
