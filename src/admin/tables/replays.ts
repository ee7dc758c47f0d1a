/**
 * Replays for operators, one at a time on each server: a replay keeps a processor of the database busy for up to a
 * minute. A request that its client gave up leaves the queue, or ends its replay.
 */

import type { Client, ClientBase } from 'pg'
import { createFairQueue } from '../../platform/fair-queue.ts'
import { connections, countUntilEnd } from '../../platform/metrics/measurements.ts'
import { ClientGoneError } from '../../platform/overloaded-error.ts'

/** Runs `work` on a connection of its own under the service role, until `gone` aborts. */
export type Replays = <T>(gone: AbortSignal, work: (client: ClientBase) => Promise<T>) => Promise<T>

/** More operators than look at tables of one service at the same time. */
const maxWaiting = 10

export function createReplays(open: () => Promise<Client>): Replays {
  const inTurn = createFairQueue({ concurrency: 1, maxWaiting })
  return (gone, work) => inTurn({ key: '', gone }, () => withClient(open, gone, work))
}

async function withClient<T>(
  open: () => Promise<Client>,
  gone: AbortSignal,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const client = await open()
  countUntilEnd(connections.replays, client)
  // While a query runs, this destroys the socket.
  const end = () => client.end().catch(() => undefined)
  gone.addEventListener('abort', end)
  try {
    if (gone.aborted) throw new ClientGoneError()
    return await work(client)
  } catch (error) {
    throw gone.aborted ? new ClientGoneError() : error
  } finally {
    gone.removeEventListener('abort', end)
    await end()
  }
}
