/**
 * `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header-07): a client that received no
 * response retries with the same key, and the request runs once.
 *
 * The draft requires a quoted string. Most clients send it without quotes; both are the same key.
 */

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { IdempotencyKey } from '../../event-store/idempotency.ts'
import { validationFailed } from '../problems/problem.ts'

/** In characters of ASCII. */
export const MAX_KEY_LENGTH = 255

/** The headers of an operation that clients can retry safely, for its `schema.headers`. */
export const idempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .meta({
      description:
        'Up to 255 characters, unique among your requests. With a key you can retry safely: the ' +
        'request runs once, and every retry gets the same response.',
      example: '5f2d7a0c-3a0e-4d0c-9d8e-6a1f0b3c2d1e',
    }),
})

/** RFC 9651, 3.3.3: printable ASCII between quotes, `\"` and `\\` escaped. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
const bare = /^[\x21\x23-\x7e][\x21-\x7e]*$/

/** The key of this request, if any. Throws `validation_failed` if the header is malformed. */
export function idempotencyKey(
  request: Pick<FastifyRequest, 'headers'>,
  actor: string,
  operation: string,
): IdempotencyKey | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  const text = String(header).trim()
  const key = bare.test(text) ? text : quoted.exec(text)?.[1]?.replace(/\\(.)/g, '$1')
  if (key && key.length <= MAX_KEY_LENGTH) return { actor, operation, key }
  throw validationFailed({
    parameter: 'Idempotency-Key',
    code: 'invalid_format',
    params: { format: 'idempotency-key' },
    message: `expected 1 to ${MAX_KEY_LENGTH} printable ASCII characters, quoted or without spaces`,
  })
}
