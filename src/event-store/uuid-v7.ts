/**
 * Ids that sort by the moment they were made: UUID version 7, RFC 9562 section 5.7.
 *
 * Drawn here and handed to the aggregates as arguments, so that `decide` stays pure. Promises 74
 * random bits; an id is a name, never a secret.
 */

import { randomBytes } from 'node:crypto'

/** A UUIDv7: 48 bits of milliseconds since 1970, version, 12 random bits, variant, 62 random bits. */
export function uuidV7(now: number = Date.now()): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
