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

/** Why the policy rejects a password: for programs and, in `message`, a sentence for the user. */
export interface PasswordFault {
  readonly code: 'too_short' | 'too_long' | 'too_common' | 'same_as'
  readonly params?: Readonly<Record<string, string | number>>
  readonly message: string
}

/** The policy rejected a password. */
export class PasswordRefusedError extends Error {
  override readonly name = 'PasswordRefusedError'
  readonly code = 'password_refused'
  readonly fault: PasswordFault
  /** The sentence for the user. */
  readonly reason: string
  /** Rejections of other fields of the same request. */
  readonly also: readonly Error[]

  constructor(fault: PasswordFault, also: readonly Error[] = []) {
    super(fault.message)
    this.fault = fault
    this.reason = fault.message
    this.also = also
  }
}

/**
 * The form of a password that is hashed (NFC): keyboards encode an `é` differently, and the hashes would
 * differ. Throws PasswordRefusedError, without normalizing, when the password is far too long.
 */
export function normalizePassword(password: string): string {
  if (exceeds(password, MAX_RAW_LENGTH)) {
    throw new PasswordRefusedError(tooLong(`more than ${MAX_RAW_LENGTH}`))
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
  const fault = passwordFault(password, owner, minLength)
  if (fault) throw new PasswordRefusedError(fault)
}

/** Why the policy rejects the password; undefined if it does not. An owner's unknown names are empty. */
export function passwordFault(
  password: string,
  owner: PasswordOwner,
  minLength: number,
): PasswordFault | undefined {
  if (exceeds(password, MAX_RAW_LENGTH)) return tooLong(`more than ${MAX_RAW_LENGTH}`)
  const normalized = password.normalize('NFC')
  const length = codePoints(normalized)
  if (length < minLength) {
    const message = `The password has ${length} characters; at least ${minLength} are required.`
    return { code: 'too_short', params: { min: minLength }, message }
  }
  if (length > MAX_PASSWORD_LENGTH) return tooLong(`${length}`)
  const folded = fold(normalized)
  if (common.has(folded)) {
    const message = 'The password is on the list of common passwords; choose another one.'
    return { code: 'too_common', message }
  }
  return sameAs(folded, owner)
}

function tooLong(length: string): PasswordFault {
  const message = `The password has ${length} characters; at most ${MAX_PASSWORD_LENGTH} are allowed.`
  return { code: 'too_long', params: { max: MAX_PASSWORD_LENGTH }, message }
}

function sameAs(folded: string, { email, username }: PasswordOwner): PasswordFault | undefined {
  const address = fold(email)
  const names = [
    ['email', address, 'the e-mail address'],
    [
      'email_local_part',
      address.slice(0, Math.max(0, address.lastIndexOf('@'))),
      'the part of the e-mail address before the @',
    ],
    ['username', fold(username ?? ''), 'the username'],
  ] as const
  const same = names.find(([, name]) => name !== '' && name === folded)
  if (!same) return undefined
  const [other, , description] = same
  const message = `The password is ${description}; choose another one.`
  return { code: 'same_as', params: { other }, message }
}

/** The form for comparisons: without case, and the same for every encoding of a character. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
