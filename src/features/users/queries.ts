/**
 * The queries about users, one statement each. A query that returns a stream's version reads it in the same
 * snapshot as the row, so that a command can be decided on both.
 */

import { expressionBuilder, type NotNull, type RawBuilder, sql } from 'kysely'
import { batchLookups } from '../../platform/postgres/batched-lookups.ts'
import { inBothOrders, type PageRequest } from '../../platform/postgres/page.ts'
import { anyOf, type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { database, type UsersTable, type UserTables } from './tables.ts'

/** The id of the service's own user, the same in every database: UUIDv5 of `epistle` in the DNS namespace. */
export const serviceUserId = 'ea06bd3d-f03a-58c1-bd97-0a26516bd775'

/** What every user may see of another user. */
export interface PublicUser {
  readonly id: string
  readonly username: string | null
}

/** A user found by username, who therefore has one. */
export interface FoundUser {
  readonly id: string
  readonly username: string
}

/** What users see of themselves, and the version of their stream. */
export interface Profile extends PublicUser {
  readonly email: string
  /** RFC 3339. */
  readonly registeredAt: string
  readonly emailVerified: boolean
  readonly version: number
}

/** What a login is decided on: the hash, and the version of the stream at which it is valid. */
export interface Credentials extends Profile {
  readonly passwordHash: string
  readonly suspended: boolean
}

/** The hash that an erasure leaves. No password has it. */
const noHash = '*'

const user = expressionBuilder<UserTables & { readonly user: UsersTable }, 'user'>()

/**
 * Whether the user of a query on `read.users_2 as user` has verified the present address. `offset` makes it a look-up by
 * key (`platform/postgres/session.ts`).
 */
export const isEmailVerified = user
  .exists(
    user
      .selectFrom('read.verified_emails_8 as verified')
      .whereRef('verified.user_id', '=', 'user.id')
      .whereRef('verified.email', '=', 'user.email')
      .offset(sql.lit(0)),
  )
  .$castTo<boolean>()

// Departed users have no profile, so none of them logs in or gets a mail.
const profiles = database
  .selectFrom('read.users_2 as user')
  .where('user.password_hash', '<>', sql.lit(noHash))
  .select(['user.id', 'user.email', 'username', 'registered_at as registeredAt'])
  .select(isEmailVerified.as('emailVerified'))
  .select(({ selectFrom }) =>
    selectFrom('log.events as event')
      .whereRef('event.stream_id', '=', 'user.id')
      .select(({ fn }) => fn.max('event.stream_version').as('version'))
      .as('version'),
  )
  .$narrowType<{ version: NotNull }>()

interface Ids {
  readonly ids: readonly string[]
}

const profilesById = prepare('findProfiles', (param: Param<Ids>) =>
  profiles.where(sql<boolean>`"user".id = ${anyOf(param('ids'), 'uuid')}`),
)

const credentials = prepare('findCredentials', (param: Param<{ email: string }>) =>
  profiles
    .select('password_hash as passwordHash')
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('read.suspended_users_17 as suspended')
          .whereRef('suspended.user_id', '=', 'user.id')
          .offset(sql.lit(0)),
      )
        .$castTo<boolean>()
        .as('suspended'),
    )
    // Must be the expression of the unique index, or the index is not used.
    .where(sql`lower(email collate "C")`, '=', sql`lower(${param('email')}::text collate "C")`),
)

const publicUsersById = prepare('findUsersById', (param: Param<Ids>) =>
  database
    .selectFrom('read.users_2')
    .select(['id', 'username'])
    .where(sql<boolean>`id = ${anyOf(param('ids'), 'uuid')}`),
)

const userByName = prepare('isUsernameTaken', (param: Param<{ username: string }>) =>
  database
    .selectFrom('read.users_2')
    .select('id')
    .where('username', '=', param('username'))
    .union((eb) =>
      eb
        .selectFrom('read.reserved_usernames_14')
        .select('user_id as id')
        .where('username', '=', param('username'))
        .where('reserved_until', '>', sql<string>`now()`),
    ),
)

const reservation = prepare('findReservedUsername', (param: Param<OwnName>) =>
  database
    .selectFrom('read.reserved_usernames_14')
    .select('username')
    .where('username', '=', param('username'))
    .where('user_id', '=', param('userId')),
)

interface OwnName {
  readonly username: string
  readonly userId: string
}

const eventById = prepare('isEventRecorded', (param: Param<{ eventId: string }>) =>
  database.selectFrom('log.events').select('id').where('id', '=', param('eventId')),
)

const firstEvent = prepare('findFirstEvent', (param: Param<{ streamId: string }>) =>
  database
    .selectFrom('log.events')
    .where('stream_id', '=', param('streamId'))
    .where('stream_version', '=', 1)
    .select(['id', sql<string | null>`metadata ->> 'language'`.as('language')]),
)

const LOWEST_USERNAME = ''

/**
 * Whether the username of a row begins with a text. `^@` and `like` would read every username in a plan that is kept for
 * any text. No character of a username sorts after `~`.
 */
export function usernameBeginsWith(text: string | null): RawBuilder<boolean> {
  return sql`(username >= ${text}::text and username < ${text}::text || '~')`
}

type Params = { username: string; unverified: boolean; key: string; fetch: number }

const byUsername = inBothOrders('searchUsers', (param: Param<Params>, { order, beyond }) =>
  database
    .selectFrom('read.users_2 as user')
    .select(['user.id', sql<string>`username`.as('username')])
    .where(usernameBeginsWith(param('username')))
    .where('username', beyond, param('key'))
    .where(({ or }) => or([sql<boolean>`${param('unverified')}::boolean`, isEmailVerified]))
    .orderBy('username', order)
    .limit(param('fetch')),
)

/** Finds a user by id, in lower case. Concurrent calls share one query. */
export type FindById<User> = (id: string) => Promise<User | undefined>

export function profileFinder(on: Queryable): FindById<Profile> {
  return batchLookups({ lookUp: (ids) => profilesById.all(on, { ids }), keyOf: ({ id }) => id })
}

export function publicUserFinder(on: Queryable): FindById<PublicUser> {
  return batchLookups({ lookUp: (ids) => publicUsersById.all(on, { ids }), keyOf: ({ id }) => id })
}

/** Finds users by their ids, in the order of the ids, without those that no user has. */
export async function findUsers(on: Queryable, ids: readonly string[]): Promise<PublicUser[]> {
  const found = await publicUsersById.all(on, { ids })
  const users = new Map(found.map((user) => [user.id, user]))
  return [...new Set(ids)].flatMap((id) => users.get(id) ?? [])
}

/** Finds a user by e-mail address, ignoring case. */
export function findCredentials(on: Queryable, email: string): Promise<Credentials | undefined> {
  return credentials.first(on, { email })
}

/** Whether the username is reserved for a user who had it before. */
export async function isReservedFor(on: Queryable, name: OwnName): Promise<boolean> {
  return (await reservation.first(on, name)) !== undefined
}

/** Whether a user has the username, or it is reserved for one who had it before. */
export async function isUsernameTaken(on: Queryable, username: string): Promise<boolean> {
  return (await userByName.first(on, { username })) !== undefined
}

/** Which names of a registration another user has. Only for a response that may disclose it. */
export async function findTakenNames(
  on: Queryable,
  { email, username }: { readonly email: string; readonly username: string },
): Promise<readonly ('email_taken' | 'username_taken')[]> {
  const [owner, isNameTaken] = await Promise.all([
    findCredentials(on, email),
    isUsernameTaken(on, username),
  ])
  return [
    ...(owner ? ['email_taken' as const] : []),
    ...(isNameTaken ? ['username_taken' as const] : []),
  ]
}

/** Whether the log holds an event with this id. */
export async function isEventRecorded(on: Queryable, eventId: string): Promise<boolean> {
  return (await eventById.first(on, { eventId })) !== undefined
}

/** The id of the event that registered a user. */
export async function findRegistration(on: Queryable, userId: string): Promise<string | undefined> {
  return (await firstEvent.first(on, { streamId: userId }))?.id
}

/** The language of a user's mails; undefined for users who registered without one. */
export async function findLanguage(on: Queryable, userId: string): Promise<string | undefined> {
  return (await firstEvent.first(on, { streamId: userId }))?.language ?? undefined
}

interface Search {
  /** The prefix of the username, matched literally. */
  readonly username: string
  /** Whether to include users whose address is not verified. */
  readonly unverified: boolean
}

/** One page of the users whose username has this prefix. */
export function searchUsers(
  on: Queryable,
  search: Search,
  { key = LOWEST_USERNAME, order, fetch }: PageRequest<string>,
): Promise<FoundUser[]> {
  return byUsername[order].all(on, { ...search, key, fetch })
}
