/**
 * The schemas of users and passwords in requests and responses, shared with logins. A schema does not judge
 * a new password: that is the policy's task (`platform/passwords/policy.ts`).
 */

import { z } from 'zod'
import { type Fault, issueOf, refuseUnless } from '../../platform/http/problems/field-faults.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import { isTooLong, MAX_PASSWORD_LENGTH, passwordFault } from '../../platform/passwords/policy.ts'
import { emailFault, MAX_EMAIL_LENGTH, toShownEmail, toStoredEmail } from './email.ts'
import type { Profile, PublicUser } from './queries.ts'
import { RESERVED_USERNAMES, USERNAME, usernameFault } from './username.ts'

/** An address with the spaces around it removed and its domain in ASCII, whatever form it was given in. */
const storedEmail = text({ max: MAX_EMAIL_LENGTH, trim: true }).overwrite(toStoredEmail)

/** An address to register. Unique regardless of case. */
export const newEmail = storedEmail
  .superRefine((email, context) => refuseFor(emailFault(email), context))
  .meta({
    format: 'email',
    maxLength: MAX_EMAIL_LENGTH,
    description:
      'Spaces around it are removed. The domain may contain any letters, the part before the @ only ' +
      'ASCII characters',
    example: 'mary@example.com',
  })

/**
 * Any string that could be an address. Requests about an existing account accept malformed addresses, because
 * rejecting them differently would be a hint.
 */
export const emailCandidate = storedEmail.meta({ example: 'alan@example.com' })

/** The limits that `emailCandidate` and `newEmail` check. */
export const emailRules = { maxLength: MAX_EMAIL_LENGTH } as const

/** The rules that `newUsername` checks, and the shortest prefix that can be searched for. */
export const usernameRules = {
  minLength: 3,
  maxLength: 30,
  pattern: USERNAME.source,
  reserved: RESERVED_USERNAMES,
  searchMinLength: 2,
} as const

/**
 * How many ids `GET /users?ids=` takes: as many as people can be named on the longest page of messages with one
 * other person each.
 */
export const MAX_USER_IDS = 100

export const newUsername = text({ min: usernameRules.minLength, max: usernameRules.maxLength })
  .regex(USERNAME, 'expected 3 to 30 letters, digits and _ . -')
  .superRefine((username, context) => refuseFor(usernameFault(username), context))
  .toLowerCase()
  .meta({
    description:
      'Letters, digits and `_ . -`, at least one letter or digit. Capital letters are converted to ' +
      `lower case. These are reserved, with or without \`_ . -\`: ${RESERVED_USERNAMES.join(' ')}`,
    example: 'mary',
  })

function refuseFor(fault: Fault | undefined, context: z.RefinementCtx): void {
  if (fault) context.addIssue(issueOf(fault))
}

/** No bounds here: the policy checks the length and rejects it with its own code. */
export const newPassword = text().meta({
  format: 'password',
  description:
    'Rejected with `password_refused` if it is shorter than 8 characters (or the minimum of this ' +
    'server, in `GET /settings`), longer than 256, common, or equal to the e-mail address, the part before ' +
    'its @, or the username',
  example: 'correct horse battery staple',
})

/**
 * A body with a new password. If the body is invalid for other reasons, its errors contain what the policy refuses
 * about the password, too. Otherwise the command judges it, which has the problem `password_refused`.
 */
export function judging<Body extends z.ZodType<object>>(body: Body, minLength: number): Body {
  const judge = (given: object, context: z.RefinementCtx) => {
    const { email, username, ...fields } = given as Readonly<Record<string, unknown>>
    const name = 'newPassword' in fields ? 'newPassword' : 'password'
    const password = fields[name]
    const isReported = context.issues.some(({ path }) => path?.[0] === name)
    if (typeof password !== 'string' || isReported) return
    const owner = { email: textOf(email), username: textOf(username) }
    const fault = passwordFault(password, owner, minLength)
    if (fault) context.addIssue(issueOf(fault, name))
  }
  return body.superRefine(judge, {
    when: ({ issues, value }) => issues.length > 0 && isObject(value),
  })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

const passwordTooLong: Fault = {
  code: 'too_long',
  params: { max: MAX_PASSWORD_LENGTH },
  message: `expected at most ${MAX_PASSWORD_LENGTH} characters`,
}

/** Any string that could be a user's password. Only the hash decides whether it is the right one. */
export const passwordCandidate = text()
  .check(refuseUnless((password) => !isTooLong(password), passwordTooLong))
  .meta({ format: 'password', maxLength: MAX_PASSWORD_LENGTH, example: 'can machines think' })

const username = z.string().nullable().meta({
  description:
    'Null for users who registered before usernames existed, and for users who deleted their accounts',
  example: 'ada',
})

export const profileShape = z
  .strictObject({
    id: uuid,
    email: z.string().meta({
      description: 'As given, with the domain in Unicode',
      example: 'ada@example.org',
    }),
    username,
    registeredAt: z.iso.datetime(),
    emailVerified: z
      .boolean()
      .meta({ description: 'True once the user has confirmed this address' }),
  })
  .meta({ id: 'Profile', description: 'Your own profile' })

export const publicUserShape = z
  .strictObject({ id: uuid, username })
  .meta({ id: 'User', description: 'A user as other users see them' })

/** The 202 of requests that may send a mail for the verification of an address. */
export const verificationRequested = z
  .strictObject({
    next: z.enum(['verify_email']).meta({ description: 'What the user does next' }),
  })
  .meta({
    id: 'VerificationRequested',
    description: 'Accepted; an e-mail to the address explains how to continue',
  })

export function toProfile(user: Omit<Profile, 'version'>): z.input<typeof profileShape> {
  const { id, email, username, registeredAt, emailVerified } = user
  return { id, email: toShownEmail(email), username, registeredAt, emailVerified }
}

export function toPublicUser({ id, username }: PublicUser): z.input<typeof publicUserShape> {
  return { id, username }
}
