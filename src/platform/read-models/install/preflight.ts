/**
 * Pre-flight: finds the events that constraints of new read tables would refuse, before anything is
 * installed.
 *
 * It replays the log into the shadows of a rehearsal. It goes on after each violation, so that all are
 * reported at once.
 */

import type { ClientBase } from 'pg'
import type { Violation } from '../errors.ts'
import { gentle, headPosition, nextBatch, replay, ViolationError } from '../replay/replay.ts'
import { type Rehearsal, rehearse } from './rehearsal.ts'

/** The violations found; `more` is true where there are others. */
export interface Findings {
  readonly violations: readonly Violation[]
  readonly more: boolean
}

/** Finds the violations of constraints of the read tables that the wanted releases bring. */
export async function preflight(rehearsal: Rehearsal): Promise<Findings> {
  return rehearse(rehearsal, (shadows) => findViolations(rehearsal.client, shadows))
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
