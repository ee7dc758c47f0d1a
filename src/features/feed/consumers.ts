/**
 * Consumers of the feed: other systems, each with a token of its own and a scope. The operator configures them
 * (`FEED_TOKENS`), with the SHA-256 of each token only.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../../platform/http/problems/problem.ts'

export interface Consumer {
  readonly name: string
  /** Whether it gets personal data. */
  readonly personal: boolean
}

export interface ConsumerToken extends Consumer {
  /** In hexadecimal. */
  readonly tokenHash: string
}

/** Finds the consumer of a request. It throws `unauthenticated`. */
export function consumerFinder(
  tokens: readonly ConsumerToken[],
): (request: FastifyRequest) => Consumer {
  const known = tokens.map((token) => ({ ...token, hash: Buffer.from(token.tokenHash, 'hex') }))
  return ({ headers: { authorization = '' } }) => {
    const token = /^bearer +(.*)$/i.exec(authorization)?.[1] ?? ''
    const hash = createHash('sha256').update(token).digest()
    const consumer = known.find((each) => timingSafeEqual(each.hash, hash))
    if (consumer) return consumer
    throw new Problem('unauthenticated', {
      detail: 'Send `Authorization: Bearer <token>` with a token of FEED_TOKENS.',
      headers: { 'WWW-Authenticate': 'Bearer realm="epistle-feed"' },
    })
  }
}
