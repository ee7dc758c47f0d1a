/**
 * Work that a route starts after its response was sent, so that the client does not wait for it.
 *
 * Closing the app waits for this work. A failure of the work is logged and affects nothing else.
 */

import type { FastifyReply } from 'fastify'
import type { App } from './app.ts'

export type AfterResponse = (reply: FastifyReply, work: () => Promise<void>) => void

/** Returns a function with which the routes of this app schedule work after a response. */
export function afterResponse(app: App): AfterResponse {
  const running = new Set<Promise<void>>()
  app.addHook('onClose', async () => {
    await Promise.all(running)
  })
  return (reply, work) => {
    const begin = () => {
      const done = work()
        .catch((err: unknown) => reply.log.warn({ err }, 'work after a response failed'))
        .finally(() => running.delete(done))
      running.add(done)
    }
    // `close` and not `finish`: the work also runs when the client disconnected early, even before this call.
    if (reply.raw.closed) begin()
    else reply.raw.once('close', begin)
  }
}
