/** The language of a reader, from an `Accept-Language` (RFC 9110, 12.5.4). */

import Negotiator from 'negotiator'

/**
 * The one of `available` that a header prefers most; undefined if there is no header or it accepts none of them.
 * `de-AT` accepts `de`, and `*` the first one.
 */
export function preferredLanguage(
  header: string | undefined,
  available: readonly string[],
): string | undefined {
  if (header === undefined) return undefined
  return new Negotiator({ headers: { 'accept-language': header } }).language([...available])
}
