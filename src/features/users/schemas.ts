/**
 * The shapes in which a user and his passwords appear in requests and answers; logins speak of them
 * too. What makes a new password a bad one is `password-policy.ts`, not a shape.
 */

import { z } from 'zod'
import { text, uuid } from '../../platform/http/strings.ts'
import { isTooLong, MAX_PASSWORD_LENGTH } from '../../platform/passwords/policy.ts'
import { EMAIL, MAX_EMAIL_LENGTH } from './email.ts'
import type { Profile, PublicUser } from './queries.ts'
import { isReserved, USERNAME } from './username.ts'

/** An address to register: unique without regard to case, kept as given. */
export const newEmail = text({ max: MAX_EMAIL_LENGTH })
  .regex(EMAIL, 'expected an e-mail address')
  .meta({ format: 'email', maxLength: MAX_EMAIL_LENGTH, example: 'ada@example.org' })

/**
 * Any string that could be an address. Requests about an existing account accept malformed addresses, because
 * rejecting them differently would be a hint.
 */
export const emailCandidate = text({ max: MAX_EMAIL_LENGTH }).meta({ example: 'ada@example.org' })

export const newUsername = text({ min: 3, max: 30 })
  .regex(USERNAME, 'expected 3 to 30 letters, digits and _ . -')
  .refine((username) => !isReserved(username), 'this name is reserved')
  .toLowerCase()
  .meta({ description: 'Capitals are accepted and become lower case', example: 'ada' })

/** No bounds here: length is a matter of policy, and its refusal has a code of its own. */
export const newPassword = text().meta({
  format: 'password',
  description:
    'Refused (`password_refused`) when shorter than 8 characters (or what the operator set), longer ' +
    'than 256, common, or equal to the e-mail address, its first part or the username',
  example: 'correct horse battery staple',
})

/** Any string that could be somebody's password: a wrong one is for the hash to find out. */
export const passwordCandidate = text()
  .refine((password) => !isTooLong(password), {
    error: `expected at most ${MAX_PASSWORD_LENGTH} characters`,
  })
  .meta({ format: 'password', maxLength: MAX_PASSWORD_LENGTH })

const username = z.string().nullable().meta({
  description: 'Null for users who registered before there were usernames',
  example: 'ada',
})

/** What a user sees of himself. */
export const profileShape = z
  .strictObject({
    id: uuid,
    email: z.string().meta({ example: 'ada@example.org' }),
    username,
    registeredAt: z.iso.datetime(),
    emailVerified: z
      .boolean()
      .meta({ description: 'Whether the user has shown that he reads the mail of this address' }),
  })
  .meta({ id: 'Profile', description: 'What a user sees of himself' })

/** What anybody with a session sees of a user. */
export const publicUserShape = z
  .strictObject({ id: uuid, username })
  .meta({ id: 'User', description: 'What anybody with a session sees of a user' })

export function toProfile(user: Omit<Profile, 'version'>): z.input<typeof profileShape> {
  const { id, email, username, registeredAt, emailVerified } = user
  return { id, email, username, registeredAt, emailVerified }
}

export function toPublicUser({ id, username }: PublicUser): z.input<typeof publicUserShape> {
  return { id, username }
}
