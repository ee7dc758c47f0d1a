/**
 * Which passwords are refused, and why: too short, too long, common, or the user's own names.
 *
 * After NIST SP 800-63B-4 and OWASP ASVS 5 (6.2): length counted in code points, no rules about
 * kinds of characters, a list of common ones, the reason told. Judged before anything is hashed.
 */

import { dictionary } from '@zxcvbn-ts/language-common'
import { codePoints, exceeds } from '../code-points.ts'

/** Long enough for any sentence; a bound, so that nobody has us hash megabytes. */
export const MAX_PASSWORD_LENGTH = 256

/**
 * Code points beyond which a password is too long in every form: NFC makes one of four at most
 * (Unicode, FAQ on normalization). What is longer must not be normalised: to order n accents takes
 * n² steps, seconds for what fits into a body.
 */
const MAX_RAW_LENGTH = 4 * MAX_PASSWORD_LENGTH

/** 49,233 passwords people really use, all in lower case, most frequent first. */
const common: ReadonlySet<string> = new Set(dictionary['passwords-common'])

/** Whose password it is to be: names that would be guessed first. */
export interface PasswordOwner {
  readonly email: string
  readonly username: string | null
}

/** The policy said no. `reason` is a sentence for the person who chose the password. */
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
 * One form (NFC) for what looks the same: keyboards differ in how they send an `é`, and a hash
 * would tell them apart. Throws PasswordRefusedError, and looks no further, when it is far too long.
 */
export function normalizePassword(password: string): string {
  if (exceeds(password, MAX_RAW_LENGTH)) {
    throw new PasswordRefusedError(
      `The password has more than ${MAX_RAW_LENGTH} characters; at most ${MAX_PASSWORD_LENGTH} are possible.`,
    )
  }
  return password.normalize('NFC')
}

/** Whether a password has more characters than one can have. */
export function isTooLong(password: string): boolean {
  return (
    exceeds(password, MAX_RAW_LENGTH) || exceeds(password.normalize('NFC'), MAX_PASSWORD_LENGTH)
  )
}

/** Throws PasswordRefusedError unless the password may be used. Lengths are in code points. */
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
    return `The password has ${length} characters; at least ${minLength} are needed.`
  }
  if (length > MAX_PASSWORD_LENGTH) {
    return `The password has ${length} characters; at most ${MAX_PASSWORD_LENGTH} are possible.`
  }
  const folded = fold(password)
  if (common.has(folded)) return 'The password is on the list of common ones.'
  const email = fold(owner.email)
  if (folded === email) return 'The password is the e-mail address.'
  if (folded === email.slice(0, email.lastIndexOf('@'))) {
    return 'The password is the part of the e-mail address before the @.'
  }
  if (owner.username !== null && folded === fold(owner.username)) {
    return 'The password is the username.'
  }
  return undefined
}

/** Without regard to case, whatever form the characters were sent in. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
