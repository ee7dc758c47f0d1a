/**
 * Usernames: 3 to 30 of `a-z 0-9 _ . -`, in lower case wherever they are kept or answered, so that
 * no two differ by capitals alone. Some words are not for anybody: addresses and roles.
 */

/** As it may be given. Letters spelled out: the Kelvin sign, too, is a `k` in lower case. */
export const USERNAME = /^[a-zA-Z0-9_.-]{3,30}$/

const RESERVED: ReadonlySet<string> = new Set([
  'epistle',
  'me',
  'admin',
  'root',
  'support',
  'system',
])

/** Whether nobody may have it, in whatever case. */
export function isReserved(username: string): boolean {
  return RESERVED.has(username.toLowerCase())
}
