/**
 * Follows a job: its lines and its progress as server-sent events while it runs, and then how it ended.
 *
 * They are read from the database, so the job may run on another server, and a client that comes back misses no line.
 * A stream never ends in silence: where the database is lost or the server stops, the last frame says so.
 */

import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { endOfJob, findJob, type Job, listJobLines } from './queries.ts'
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

interface Following {
  readonly on: Queryable
  readonly id: string
  /** The last line that the client has. */
  readonly after: number
  /** Aborted when the server stops. */
  readonly stop: AbortSignal
  readonly log: Pick<FastifyBaseLogger, 'warn'>
}

/** Writes the frames after a line, and ends the response after the last one. Never rejects. */
export async function followJob(following: Following, out: ServerResponse): Promise<void> {
  try {
    await follow(following, out)
  } catch (err) {
    following.log.warn({ err }, 'a job could not be followed')
    interrupt(out, 'The database does not answer. The job may run: reconnect to see it.')
  }
}

async function follow({ on, id, after, stop }: Following, out: ServerResponse): Promise<void> {
  let [seen, shown] = [after, '']
  const hasEnded = endOfJob()
  let wroteAt = performance.now()
  const write = (text: string) => {
    out.write(text)
    wroteAt = performance.now()
  }
  while (!out.destroyed) {
    const isLast = stop.aborted
    // The job before the lines: all lines of a job that has ended are recorded.
    const job = await findJob(on, id)
    for (const { line, at, text } of await listJobLines(on, id, seen)) {
      write(frame('line', { line, at: at.toISOString(), text }, line))
      seen = line
    }
    if (!job) return void out.end()
    const progress = progressFrame(job)
    if (progress !== shown) write(progress)
    shown = progress
    if (hasEnded(job)) return void out.end(frame('ended', toItem(job)))
    if (isLast) return interrupt(out, 'The server stops. The job may run elsewhere: reconnect.')
    if (performance.now() - wroteAt > quietMs) write(': still running\n\n')
    await pause(lookMs, undefined, { signal: stop }).catch(() => undefined)
  }
}

function interrupt(out: ServerResponse, detail: string): void {
  out.end(frame('interrupted', { detail }))
}

/** Without an id, which is that of a line: what a client misses of it is out of date. */
function progressFrame(job: Job): string {
  const { progress, cancellable } = toItem(job)
  return frame('progress', { progress, cancellable })
}

function frame(event: string, data: object, id?: number): string {
  const name = id === undefined ? '' : `id: ${id}\n`
  return `${name}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
