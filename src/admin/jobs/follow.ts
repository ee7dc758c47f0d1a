/**
 * Follows a job: its lines as server-sent events while it runs, and then how it ended.
 *
 * The lines are read from the database, so the job may run on another server, and a client that comes back misses none.
 */

import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findJob, listJobLines } from './queries.ts'
import { toItem } from './shapes.ts'

/** How often a running job is looked at, ms. Few operators follow one. */
const lookMs = 300
/** How often a comment shows that the stream lives, ms. */
const quietMs = 15_000

export const streamHeaders = {
  'Content-Type': 'text/event-stream',
  // A proxy that compresses the response would hold frames back until a block is full.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
}

/** Writes the frames after a line, and ends the response after the last one. */
export async function followJob(
  on: Queryable,
  id: string,
  after: number,
  out: ServerResponse,
): Promise<void> {
  let seen = after
  let wroteAt = performance.now()
  while (!out.destroyed) {
    // The job before the lines: all lines of a job that has ended are recorded.
    const job = await findJob(on, id)
    for (const { line, at, text } of await listJobLines(on, id, seen)) {
      out.write(frame('line', { line, at: at.toISOString(), text }, line))
      seen = line
      wroteAt = performance.now()
    }
    if (job && job.state !== 'running') return void out.end(frame('ended', toItem(job)))
    if (performance.now() - wroteAt > quietMs) {
      out.write(': still running\n\n')
      wroteAt = performance.now()
    }
    await pause(lookMs)
  }
}

function frame(event: string, data: object, id?: number): string {
  const name = id === undefined ? '' : `id: ${id}\n`
  return `${name}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
