/**
 * Ids that sort by the moment they were made: UUID version 7, RFC 9562 section 5.7.
 *
 * Drawn here and handed to the aggregates as arguments, so that `decide` stays pure. Promises 74
 * random bits; an id is a name, never a secret.
 */

import { randomUUID } from 'node:crypto'

/** A UUIDv7: 48 bits of milliseconds since 1970, version, 12 random bits, variant, 62 random bits. */
export function uuidV7(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
