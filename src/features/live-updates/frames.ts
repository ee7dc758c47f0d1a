/**
 * Server-sent events as bytes (WHATWG HTML, 9.2). A frame is encoded once and written to any number of
 * listeners. What a frame contains is decided in `events.ts`.
 */

import type { LiveEvent } from './events.ts'

/** How long a client waits before it reconnects, ms. */
const retry = 'retry: 1000\n'

/** The first bytes of a stream that resumes after a `Last-Event-ID`. */
export const resumed = Buffer.from(`${retry}\n`)

/** A comment line, which keeps an idle connection open. */
export const heartbeat = Buffer.from(':\n\n')

/** The last bytes of a stream that gives way to another. Without an id, so the client resumes where it was. */
export const gaveWay = Buffer.from(
  `event: ended\ndata: ${JSON.stringify({
    detail:
      'The server has no room for more streams, and your network or you had the most. Reconnect with ' +
      'the last id you received.',
  })}\n\n`,
)

/** The first bytes of any other stream: the position after which it contains every event. */
export function ready(id: bigint): Buffer {
  return Buffer.from(retry + toText({ id, event: 'ready', data: '{}' }))
}

export function toBytes(event: LiveEvent): Buffer {
  return Buffer.from(toText(event))
}

function toText({ id, event, data }: LiveEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`
}
