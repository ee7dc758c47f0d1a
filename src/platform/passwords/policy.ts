/**
 * The password policy: rejects passwords that are too short, too long, common, or one of the user's names.
 *
 * It follows NIST SP 800-63B-4 and OWASP ASVS 5 (6.2): lengths in code points, no rules about kinds of
 * characters, a list of common passwords, and a reason for each rejection. It runs before any hashing.
 */

import { dictionary } from '@zxcvbn-ts/language-common'
import { codePoints, exceeds } from '../code-points.ts'

/** Long enough for any sentence; without a bound a client could make the server hash megabytes. */
export const MAX_PASSWORD_LENGTH = 256

/**
 * Beyond this many code points a password is too long in every form, because NFC combines four into one at
 * most (Unicode, FAQ on normalization). A longer password must not be normalized: sorting n accents takes
 * n² steps, which is seconds for as many as fit into a request body.
 */
const MAX_RAW_LENGTH = 4 * MAX_PASSWORD_LENGTH

/** 49,233 passwords in real use, all in lower case, most frequent first. */
const common: ReadonlySet<string> = new Set(dictionary['passwords-common'])

/** The names of the user, which an attacker would guess first. */
export interface PasswordOwner {
  readonly email: string
  readonly username: string | null
}

/** The policy rejected a password. `reason` is a sentence for the user. */
export class PasswordRefusedError extends Error {
  override readonly name = 'PasswordRefusedError'
  readonly code = 'password_refused'
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/**
 * The form of a password that is hashed (NFC): keyboards encode an `é` differently, and the hashes would
 * differ. Throws PasswordRefusedError, without normalizing, when the password is far too long.
 */
export function normalizePassword(password: string): string {
  if (exceeds(password, MAX_RAW_LENGTH)) {
    throw new PasswordRefusedError(
      `The password has more than ${MAX_RAW_LENGTH} characters; at most ${MAX_PASSWORD_LENGTH} are allowed.`,
    )
  }
  return password.normalize('NFC')
}

/** Whether a password is longer than any stored password can be. */
export function isTooLong(password: string): boolean {
  return (
    exceeds(password, MAX_RAW_LENGTH) || exceeds(password.normalize('NFC'), MAX_PASSWORD_LENGTH)
  )
}

/** Throws PasswordRefusedError when the policy rejects the password. Lengths are in code points. */
export function judgePassword(password: string, owner: PasswordOwner, minLength: number): void {
  const reason = reasonAgainst(normalizePassword(password), owner, minLength)
  if (reason) throw new PasswordRefusedError(reason)
}

function reasonAgainst(
  password: string,
  owner: PasswordOwner,
  minLength: number,
): string | undefined {
  const length = codePoints(password)
  if (length < minLength) {
    return `The password has ${length} characters; at least ${minLength} are required.`
  }
  if (length > MAX_PASSWORD_LENGTH) {
    return `The password has ${length} characters; at most ${MAX_PASSWORD_LENGTH} are allowed.`
  }
  const folded = fold(password)
  if (common.has(folded))
    return 'The password is on the list of common passwords; choose another one.'
  const email = fold(owner.email)
  if (folded === email) return 'The password is the e-mail address; choose another one.'
  if (folded === email.slice(0, email.lastIndexOf('@'))) {
    return 'The password is the part of the e-mail address before the @; choose another one.'
  }
  if (owner.username !== null && folded === fold(owner.username)) {
    return 'The password is the username; choose another one.'
  }
  return undefined
}

/** The form for comparisons: without case, and the same for every encoding of a character. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
