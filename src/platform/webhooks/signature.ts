/**
 * Signatures of webhooks by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), symmetric: HMAC-SHA256 over
 * id, timestamp and body. A signature needs three lines, so it needs no library; the tests verify it with the one of
 * the specification's authors.
 */

import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'
/** The specification asks for 24 to 64 bytes. */
const secretBytes = 32

/** A new secret: `whsec_` and base64. */
export function newSecret(): string {
  return prefix + randomBytes(secretBytes).toString('base64')
}

/** What is signed: the headers of a delivery, and its body. */
export interface Signed {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly body: string
}

/** The headers of a delivery, with a signature by each of the secrets. */
export function signedHeaders(
  secrets: readonly string[],
  { id, timestamp, body }: Signed,
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64')
    const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`)
    return `v1,${hmac.digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }
}
