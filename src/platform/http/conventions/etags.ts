/**
 * Conditional requests (RFC 9110, 13.1.1): the version of a stream is its entity tag.
 *
 * `If-Match` is always optional. It is parsed before any other work, so that a malformed one is 422. It
 * is compared with the version that the command was decided on, so that a stale one is 412.
 */

import { z } from 'zod'
import { Problem, validationFailed } from '../problems/problem.ts'

/** The strong entity tag of a stream's version: `"3"`. */
export function etag(version: number): string {
  return `"${version}"`
}

/** The headers of a conditional operation, for its `schema.headers`. */
export const ifMatchHeaders = z.looseObject({
  'if-match': z.string().optional().meta({
    description: 'Run the request only if the current `ETag` is one of these',
    example: '"3"',
  }),
})

/** Throws `version_mismatch` if the version (0: the stream is empty) is not an expected one. */
export type Precondition = (version: number) => void

const tag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/
const tags = new RegExp(`^[ \\t,]*${tag.source}(?:[ \\t]*,[ \\t,]*${tag.source})*[ \\t,]*$`)

/** The precondition that `If-Match` sets. Throws `validation_failed` if the header is malformed. */
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
        detail: 'The current version is not in `If-Match`. Read the resource again.',
        ...(version > 0 && { headers: { ETag: etag(version) } }),
      })
    }
  }
}

/** The entity tags of the list. Weak ones keep their `W/`, so they never match. */
function parseIfMatch(header: string): '*' | readonly string[] {
  if (header.trim() === '*') return '*'
  if (!tags.test(header)) {
    throw validationFailed({ parameter: 'If-Match', message: 'expected entity tags or *' })
  }
  return header.match(new RegExp(tag.source, 'g')) ?? []
}
