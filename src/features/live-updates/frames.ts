/**
 * Server-sent events as bytes (WHATWG HTML, 9.2): what goes over the wire of a stream, and nothing
 * else. Made once, and written to however many listeners.
 */

/** Something that happened, ready to be sent. */
export interface Frame {
  readonly position: bigint
  readonly bytes: Buffer
}

interface Event {
  readonly id: bigint
  readonly event: string
  /** On one line, as JSON is. */
  readonly data: string
}

/** How long a client waits before it comes back, ms. */
const retry = 'retry: 1000\n'

/** The beginning of a stream that goes on where an earlier one broke off. */
export const resumed = Buffer.from(`${retry}\n`)

/** A comment: nothing happened, and the connection is there. */
export const heartbeat = Buffer.from(':\n\n')

/** The beginning of any other stream: from which position on it tells everything. */
export function ready(id: bigint): Buffer {
  return Buffer.from(retry + toText({ id, event: 'ready', data: '{}' }))
}

export function toBytes(event: Event): Buffer {
  return Buffer.from(toText(event))
}

function toText({ id, event, data }: Event): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`
}
