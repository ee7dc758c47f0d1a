/**
 * Usernames: 3 to 30 of `a-z 0-9 _ . -`. They are stored and returned in lower case, so that no two differ
 * only in case. Names that look like a role or a path of the service are reserved.
 */

/** A username in a request. Checked before `toLowerCase`, which turns the Kelvin sign (U+212A) into `k`. */
export const USERNAME = /^[a-zA-Z0-9_.-]{3,30}$/

const RESERVED: ReadonlySet<string> = new Set([
  'epistle',
  'me',
  'admin',
  'root',
  'support',
  'system',
])

/** Whether no user may register this name, in any case. */
export function isReserved(username: string): boolean {
  return RESERVED.has(username.toLowerCase())
}
