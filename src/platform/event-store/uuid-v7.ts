/**
 * Ids that sort by their time of creation: UUID version 7, RFC 9562 section 5.7.
 *
 * Commands contain the ids that they need, so that `decide` stays pure. An id has 74 random bits; it is a
 * name and never a secret.
 */

import { randomUUID } from 'node:crypto'

/** A UUIDv7: 48 bits of milliseconds since 1970, version, 12 random bits, variant, 62 random bits. */
export function uuidV7(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
