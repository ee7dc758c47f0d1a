/**
 * `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header-07): a caller who does not know
 * whether a request arrived sends it again under the same key, and it is carried out once.
 *
 * The draft's form is a quoted string; most clients send it bare, and both mean the same key.
 */

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { IdempotencyKey } from '../../event-store/idempotency.ts'
import { validationFailed } from '../problems/problem.ts'

const MAX_KEY_LENGTH = 255

/** The header of a call that may be repeated, for its `schema.headers`. */
export const idempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .meta({
      description:
        'Up to 255 characters that no other request of yours has. Sent again under the same key, the ' +
        'request is carried out once, and answered alike',
      example: '5f2d7a0c-3a0e-4d0c-9d8e-6a1f0b3c2d1e',
    }),
})

/** RFC 9651, 3.3.3: printable ASCII between quotes, `\"` and `\\` escaped. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
const bare = /^[\x21\x23-\x7e][\x21-\x7e]*$/

/** The key of this request, if it has one. Throws `validation_failed` for one that cannot be read. */
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
    message: `expected 1 to ${MAX_KEY_LENGTH} printable ASCII characters, quoted or without spaces`,
  })
}
