/**
 * The feed as server-sent events: pages, one after the other, as fast as the consumer reads them, and then each event
 * as it is recorded.
 *
 * A stream holds one page of 1 MiB at most, and its consumer's cursor is the id of the last frame, so it costs nothing
 * to end one: the consumer reconnects with `Last-Event-ID`, to any server.
 */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { cursorText } from '../../platform/feed/cursor.ts'
import type { FeedPage } from '../../platform/feed/read-feed.ts'
import type { LogChanges } from './log-changes.ts'

export interface FeedStream {
  readonly out: ServerResponse
  readonly after: string
  readonly read: (after: string) => Promise<FeedPage>
  readonly changes: LogChanges
  /** Whether the server holds its leases: without them it may read an old primary. */
  readonly mayRead: () => boolean
  /** Aborts when the server stops. */
  readonly stop: AbortSignal
  readonly heartbeatMs?: number
}

/** The shortest limit for a silent connection that we found in a proxy is 30 s. */
const defaultHeartbeatMs = 15_000
const retry = 'retry: 1000\n\n'
const heartbeat = ':\n\n'

/** Sends the feed until the consumer leaves or the server stops. Throws when the feed cannot be read. */
export async function sendFeed(stream: FeedStream): Promise<void> {
  const { out, changes, stop, heartbeatMs = defaultHeartbeatMs } = stream
  const over = new AbortController()
  const end = () => over.abort()
  out.once('close', end)
  stop.addEventListener('abort', end)
  const leave = changes.join()
  const timer = setInterval(() => out.writableNeedDrain || out.write(heartbeat), heartbeatMs)
  out.write(retry)
  try {
    if (stop.aborted || out.destroyed) end()
    await sendPages(stream, over.signal)
  } finally {
    clearInterval(timer)
    stop.removeEventListener('abort', end)
    leave()
    out.end()
  }
}

async function sendPages(
  { out, after, read, changes, mayRead }: FeedStream,
  over: AbortSignal,
): Promise<void> {
  let cursor = after
  while (!over.aborted) {
    const changed = changes.next
    const page = await read(cursor)
    if (over.aborted || !mayRead()) return
    for (const frame of framesOf(page, cursor)) out.write(frame)
    cursor = page.cursor
    if (out.writableNeedDrain) await once(out, 'drain', { signal: over }).catch(() => undefined)
    if (!page.more) await unlessAborted(changed, over)
  }
}

/** An id without data moves the consumer's cursor and dispatches nothing (WHATWG HTML, 9.2.6). */
function framesOf({ events, cursor }: FeedPage, before: string): string[] {
  const frames = events.map(
    (event) => `id: ${cursorText(event)}\nevent: ${event.type}\ndata: ${event.json}\n\n`,
  )
  const last = events.at(-1)
  return cursor === (last ? cursorText(last) : before) ? frames : [...frames, `id: ${cursor}\n\n`]
}

/** Resolves with the promise, or at the abort. Leaves no listener on a signal that lives longer. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
    promise.then(end)
  })
}
