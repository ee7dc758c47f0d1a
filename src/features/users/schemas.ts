/**
 * The schemas of users and passwords in requests and responses, shared with logins. A schema does not judge
 * a new password: that is the policy's task (`platform/passwords/policy.ts`).
 */

import { z } from 'zod'
import { text, uuid } from '../../platform/http/strings.ts'
import { isTooLong, MAX_PASSWORD_LENGTH } from '../../platform/passwords/policy.ts'
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

function refuseFor(fault: string | undefined, context: z.RefinementCtx): void {
  if (fault) context.addIssue({ code: 'custom', message: fault })
}

/** No bounds here: the policy checks the length and rejects it with its own code. */
export const newPassword = text().meta({
  format: 'password',
  description:
    'Rejected with `password_refused` if it is shorter than 8 characters (or the minimum set by the ' +
    'operator), longer than 256, common, or equal to the e-mail address, the part before its @, or the ' +
    'username',
  example: 'correct horse battery staple',
})

/** Any string that could be a user's password. Only the hash decides whether it is the right one. */
export const passwordCandidate = text()
  .refine((password) => !isTooLong(password), {
    error: `expected at most ${MAX_PASSWORD_LENGTH} characters`,
  })
  .meta({ format: 'password', maxLength: MAX_PASSWORD_LENGTH, example: 'can machines think' })

const username = z.string().nullable().meta({
  description: 'Null for users who registered before usernames existed',
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

export function toProfile(user: Omit<Profile, 'version'>): z.input<typeof profileShape> {
  const { id, email, username, registeredAt, emailVerified } = user
  return { id, email: toShownEmail(email), username, registeredAt, emailVerified }
}

export function toPublicUser({ id, username }: PublicUser): z.input<typeof publicUserShape> {
  return { id, username }
}
