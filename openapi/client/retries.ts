/**
 * Retries: a safe request, and one with an `Idempotency-Key`, is sent again after 429, 503 and a lost connection, and
 * after 502 and 504, which proxies send while no server is there. All other requests are sent once, because the first try may have run.
 */

import { pause, retryAfterOf, type Wait, waitBefore } from './waiting.ts'

export type Send = (request: Request) => Promise<Response>

const firstWaitMs = 500
/** A response that asks for a longer wait than this (ms) is returned: a person should decide. */
const longestWaitMs = 30_000

const passing = new Set([429, 502, 503, 504])

/** Sends as `send` does, and again at most `retries` times. Aborting the request ends a wait, too. */
export function withRetries(send: Send, retries: number | ((request: Request) => number)): Send {
  const retriesOf = typeof retries === 'number' ? () => retries : retries
  return async (request) => {
    const tries = isRepeatable(request) ? retriesOf(request) : 0
    for (let failures = 0; failures < tries; failures += 1) {
      // The copy is sent, because the body of a request can be read only once.
      const wait = await attempt(send, request.clone(), failures + 1)
      if (wait instanceof Response) return wait
      await pause(wait, request.signal)
    }
    return send(request)
  }
}

/** Sends once. Returns the response for the caller, or how long to wait before the next try. */
async function attempt(send: Send, request: Request, failures: number): Promise<Response | Wait> {
  let response: Response
  try {
    response = await send(request)
  } catch (error) {
    // `fetch` throws a TypeError for a lost connection. An aborted one must not be sent again.
    if (request.signal.aborted || !(error instanceof TypeError)) throw error
    return waitBefore(failures, firstWaitMs)
  }
  if (!passing.has(response.status)) return response
  const wait = waitBefore(failures, firstWaitMs, retryAfterOf(response))
  if (wait.ms > longestWaitMs) return response
  await response.body?.cancel()
  return wait
}

function isRepeatable({ method, headers }: Request): boolean {
  return method === 'GET' || method === 'HEAD' || headers.has('Idempotency-Key')
}
