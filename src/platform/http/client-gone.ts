/** Notices that a client has closed its connection, so that work for it need not begin. */

import type { FastifyReply } from 'fastify'

/**
 * Aborts when the connection of this response closes. The request's own signal would not do: a request
 * closes as soon as its body was read.
 */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  if (raw.destroyed) gone.abort()
  else raw.once('close', () => gone.abort())
  return gone.signal
}
