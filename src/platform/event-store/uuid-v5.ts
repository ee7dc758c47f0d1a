/**
 * Ids derived from a name: UUID version 5, RFC 9562 section 5.5. The same name always gives the same id, on
 * every server, and no attacker can find another name for an existing id.
 */

import { createHash } from 'node:crypto'

/** The UUIDv5 of a name in a namespace: the first 122 bits of SHA-1 over both. */
export function uuidV5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
