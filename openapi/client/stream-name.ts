/** Names the stream that the tabs of one session share. */

import type { Authentication } from './authentication.ts'

/** The same in all tabs with this server and session. Other scripts of the page can read it, so it has no token. */
export async function streamName(
  baseUrl: string,
  { token, cookie }: Authentication,
): Promise<string> {
  if (cookie || token === undefined) return `epistle ${baseUrl} cookie`
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  const text = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0'))
  return `epistle ${baseUrl} ${text.join('')}`
}
