/**
 * Conditional requests (RFC 9110, 13.1.1): the version of a stream as an entity tag.
 *
 * `If-Match` is always optional. It is read before any work is done, so that a malformed one is 422,
 * and held against the version that was really decided on, so that a stale one is 412.
 */

import { z } from 'zod'
import { Problem, validationFailed } from '../problems/problem.ts'

/** The strong entity tag of a stream's version: `"3"`. */
export function etag(version: number): string {
  return `"${version}"`
}

/** The header of a call that may be conditional, for its `schema.headers`. */
export const ifMatchHeaders = z.looseObject({
  'if-match': z
    .string()
    .optional()
    .meta({ description: 'Do it only if the `ETag` is still one of these', example: '"3"' }),
})

/** Throws `version_mismatch` when the version (0: nothing there yet) is not one of those expected. */
export type Precondition = (version: number) => void

const tag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/
const tags = new RegExp(`^[ \\t,]*${tag.source}(?:[ \\t]*,[ \\t,]*${tag.source})*[ \\t,]*$`)

/** What `If-Match` demands of the version. Throws `validation_failed` when it cannot be read. */
export function precondition(request: {
  readonly headers: { readonly 'if-match'?: string | undefined }
}): Precondition {
  const header = request.headers['if-match']
  if (header === undefined) return () => {}
  const accepted = parseIfMatch(header)
  return (version) => {
    const holds = accepted === '*' ? version > 0 : accepted.includes(etag(version))
    if (!holds) {
      throw new Problem('version_mismatch', {
        detail: 'The current version is not one of those in If-Match.',
        ...(version > 0 && { headers: { ETag: etag(version) } }),
      })
    }
  }
}

/** The entity tags of the list, weak ones with their `W/`, which therefore never match. */
function parseIfMatch(header: string): '*' | readonly string[] {
  if (header.trim() === '*') return '*'
  if (!tags.test(header)) {
    throw validationFailed({ parameter: 'If-Match', message: 'expected entity tags or *' })
  }
  return header.match(new RegExp(tag.source, 'g')) ?? []
}
