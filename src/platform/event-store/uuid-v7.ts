/**
 * Ids that sort by their time of creation: UUID version 7, RFC 9562 section 5.7.
 *
 * Commands contain the ids that they need, so that `decide` stays pure. An id has 74 random bits; it is a
 * name and never a secret.
 */

import { randomUUID } from 'node:crypto'

/** A UUIDv7: 48 bits of milliseconds since 1970, version, 12 random bits, variant, 62 random bits. */
export function uuidV7(now: number = Date.now()): string {
  // In two parts, because numbers above 32 bits take much longer to write.
  const high = hexadecimal(Math.floor(now / 0x10000), 8)
  return `${high}-${hexadecimal(now % 0x10000, 4)}-7${randomUUID().slice(15)}`
}

function hexadecimal(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
