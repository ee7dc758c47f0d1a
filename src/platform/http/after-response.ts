/**
 * Work that an answer leaves behind: begun when the answer is out, so that its caller does not wait
 * for it; finished before a stop is over; a fault of it is logged, and nobody else's.
 */

import type { FastifyReply } from 'fastify'
import type { App } from './app.ts'

export type AfterResponse = (reply: FastifyReply, work: () => Promise<void>) => void

/** How the routes of an app leave work behind. */
export function afterResponse(app: App): AfterResponse {
  const running = new Set<Promise<void>>()
  app.addHook('onClose', async () => {
    await Promise.all(running)
  })
  return (reply, work) => {
    // Also where the caller has gone without waiting for the answer.
    reply.raw.once('close', () => {
      const done = work()
        .catch((err: unknown) => reply.log.warn({ err }, 'what an answer left behind was not done'))
        .finally(() => running.delete(done))
      running.add(done)
    })
  }
}
