/**
 * One delivery of a webhook: a POST that follows no redirect, reads little of the response, and ends in time.
 */

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
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
  /** Ends the attempt early. */
  readonly signal: AbortSignal
}

/** A response needs no body; this much is read so that the receiver can send its own, bytes. */
const maxResponseBytes = 64 * 1024

/** Sends it and returns the status. Throws TargetError, or the reason why there was no response. */
export async function post(
  { url, headers, body }: Delivery,
  { allowLoopback, timeoutMs, signal }: PostOptions,
): Promise<number> {
  const target = parseTarget(url, allowLoopback)
  // Node resolves no address, so the checked look-up does not see it.
  const host = hostOf(target)
  if (isIP(host)) requirePermitted(host, allowLoopback)
  const timeout = AbortSignal.timeout(timeoutMs)
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Epistle',
    },
    lookup: checkedLookup(allowLoopback),
    // A connection of its own: one that is kept could have been resolved long ago.
    agent: false,
    signal: AbortSignal.any([timeout, signal]),
  }
  try {
    return await send(target, options, body)
  } catch (error) {
    if (timeout.aborted) throw new Error(`no response within ${timeoutMs / 1000} s`)
    throw error
  }
}

function send(target: URL, options: RequestOptions, body: string): Promise<number> {
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sending = request(target, options, (response) => {
      const over = () => resolve(response.statusCode ?? 0)
      // The status is the answer, also where its body breaks off.
      readSome(response).then(over, over)
    })
    sending.on('error', reject)
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
