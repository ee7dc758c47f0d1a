/**
 * One delivery of a webhook: a POST that follows no redirect, reads little of the response, and ends in time.
 */

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Connections } from './connections.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { checkedLookup, hostOf, parseTarget, requirePermitted } from './target.ts'

export interface Delivery {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PostOptions {
  /** Whether loopback addresses are permitted, for development. */
  readonly allowLoopback: boolean
  readonly timeoutMs: number
  /** Keeps connections for later deliveries; without it, each has a connection of its own. */
  readonly connections?: Connections | undefined
  /** Ends the attempt early. */
  readonly signal: AbortSignal
}

/** A response needs no body; this much is read so that the receiver can send its own, bytes. */
const maxResponseBytes = 64 * 1024

/** What the receiver answered. */
export interface Answer {
  readonly status: number
  /** How many seconds it asks to wait; undefined if it asks for nothing. */
  readonly retryAfter: number | undefined
}

/** Sends it and returns the answer. Throws TargetError, or the reason why there was no response. */
export async function post(delivery: Delivery, options: PostOptions): Promise<Answer> {
  const { timeoutMs, signal } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  const until = { ...options, signal: AbortSignal.any([timeout, signal]) }
  try {
    return await send(delivery, until).catch((error: unknown) => {
      if (!(error instanceof StaleConnectionError)) throw error
      // The receiver closed the kept connection as the event was on its way.
      return send(delivery, { ...until, connections: undefined })
    })
  } catch (error) {
    if (timeout.aborted) throw new Error(`no response within ${timeoutMs / 1000} s`)
    throw error
  }
}

/** A connection that was kept ended before the receiver answered. */
class StaleConnectionError extends Error {}

function send(
  { url, headers, body }: Delivery,
  { allowLoopback, connections, signal }: Omit<PostOptions, 'timeoutMs'>,
): Promise<Answer> {
  const target = parseTarget(url, allowLoopback)
  // Node resolves no address, so the checked look-up does not see it.
  const host = hostOf(target)
  if (isIP(host)) requirePermitted(host, allowLoopback)
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Epistle',
    },
    lookup: checkedLookup(allowLoopback),
    agent: connections?.agentFor(target.protocol) ?? false,
    signal,
  }
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sending = request(target, options, (response) => {
      const status = response.statusCode ?? 0
      const retryAfter = retryAfterSeconds(status, response.headers['retry-after'])
      const over = () => resolve({ status, retryAfter })
      // The status is the answer, also where its body breaks off.
      readSome(response).then(over, over)
    })
    sending.on('error', (error) => {
      const isStale = sending.reusedSocket && !signal.aborted
      reject(isStale ? new StaleConnectionError(error.message) : error)
    })
    sending.end(body)
  })
}

/** Reads the beginning of a response, whose content is not used. */
async function readSome(response: IncomingMessage): Promise<void> {
  let bytes = 0
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length
    if (bytes > maxResponseBytes) return
  }
}
