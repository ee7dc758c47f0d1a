/** Notices that a client has closed its connection, so that work for it need not begin. */

import type { FastifyReply } from 'fastify'

/**
 * Aborts when the connection of this response closes before all of it was sent. The request's own signal would
 * not do: a request closes as soon as its body was read.
 */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  if (raw.destroyed) gone.abort()
  else
    raw.once('close', () => {
      // An abort costs 5 µs, and would come at the end of every response.
      if (!raw.writableFinished) gone.abort()
    })
  return gone.signal
}
