/**
 * Usernames: 3 to 30 of `a-z 0-9 _ . -`, with at least one letter or digit. They are stored and returned in
 * lower case, so that no two differ only in case. Names that look like a role, a path or a placeholder of
 * the service are reserved, also with `_ . -` in any places: `ad.min` reads like `admin`.
 *
 * Both rules are for new names only. Users keep the names they have, and the constraints of the database,
 * which older servers share, stay as they are.
 */

import type { Fault } from '../../platform/http/problems/field-faults.ts'

/** A username in a request. Checked before `toLowerCase`, which turns the Kelvin sign (U+212A) into `k`. */
export const USERNAME = /^[a-zA-Z0-9_.-]{3,30}$/

/** Roles, mailboxes that RFC 2142 gives a meaning, paths, and what programs print for a missing name. */
export const RESERVED_USERNAMES = [
  'epistle',
  'me',
  'self',
  'admin',
  'administrator',
  'root',
  'support',
  'system',
  'moderator',
  'operator',
  'staff',
  'help',
  'info',
  'abuse',
  'security',
  'postmaster',
  'hostmaster',
  'webmaster',
  'noreply',
  'api',
  'user',
  'users',
  'everyone',
  'anonymous',
  'unknown',
  'deleted',
  'undefined',
  'null',
  'none',
  'nil',
  'nan',
  'true',
  'false',
] as const

const reserved: ReadonlySet<string> = new Set(RESERVED_USERNAMES)

/** Why no user may choose this name; undefined if a user may. */
export function usernameFault(username: string): Fault | undefined {
  const core = username.toLowerCase().replace(/[_.-]/g, '')
  if (core === '') {
    return { code: 'invalid_characters', message: 'expected at least one letter or digit' }
  }
  if (!reserved.has(core)) return undefined
  return { code: 'reserved', message: 'this username is reserved' }
}
