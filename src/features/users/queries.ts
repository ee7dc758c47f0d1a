/**
 * The questions about users, each one statement. Where a stream's version is part of the answer it
 * is read in the same snapshot as the row, so that whoever decides on both decides on one truth.
 */

import { type NotNull, sql } from 'kysely'
import { batchLookups } from '../../platform/postgres/batched-lookups.ts'
import { inBothOrders, type PageRequest } from '../../platform/postgres/page.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { database } from './tables.ts'

/** The id of the service's own user, the same in every database: UUIDv5 of `epistle` in the DNS namespace. */
export const serviceUserId = 'ea06bd3d-f03a-58c1-bd97-0a26516bd775'

/** What others may know of a user. */
export interface PublicUser {
  readonly id: string
  readonly username: string | null
}

/** A user found by username has one. */
export interface FoundUser {
  readonly id: string
  readonly username: string
}

/** What a user sees of himself, and the version of his stream. */
export interface Profile extends PublicUser {
  readonly email: string
  /** RFC 3339. */
  readonly registeredAt: string
  readonly emailVerified: boolean
  readonly version: number
}

/** What a login is decided on: the hash, and the version of the stream that set it. */
export interface Credentials extends Profile {
  readonly passwordHash: string
}

const profiles = database
  .selectFrom('read.users_2 as user')
  .select(['user.id', 'user.email', 'username', 'registered_at as registeredAt'])
  .select(({ exists, selectFrom }) =>
    exists(
      selectFrom('read.verified_emails_8 as verified')
        .whereRef('verified.user_id', '=', 'user.id')
        .whereRef('verified.email', '=', 'user.email'),
    )
      .$castTo<boolean>()
      .as('emailVerified'),
  )
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
  profiles.where(sql<boolean>`"user".id = any(${param('ids')}::uuid[])`),
)

const credentials = prepare('findCredentials', (param: Param<{ email: string }>) =>
  profiles
    .select('password_hash as passwordHash')
    // The very expression of the unique index, or it would not be used.
    .where(sql`lower(email collate "C")`, '=', sql`lower(${param('email')}::text collate "C")`),
)

const publicUsersById = prepare('findUsersById', (param: Param<Ids>) =>
  database
    .selectFrom('read.users_2')
    .select(['id', 'username'])
    .where(sql<boolean>`id = any(${param('ids')}::uuid[])`),
)

const byName = prepare('isUsernameTaken', (param: Param<{ username: string }>) =>
  database.selectFrom('read.users_2').select('id').where('username', '=', param('username')),
)

const happened = prepare('hasHappened', (param: Param<{ eventId: string }>) =>
  database.selectFrom('log.events').select('id').where('id', '=', param('eventId')),
)

const LOWEST_USERNAME = ''

type Params = { username: string; unverified: boolean; key: string; fetch: number }

const byUsername = inBothOrders('searchUsers', (param: Param<Params>, { order, beyond }) =>
  database
    .selectFrom('read.users_2 as user')
    .select(['user.id', sql<string>`username`.as('username')])
    // Not `like`: in a prefix, `_` is a letter like any other.
    .where(sql<boolean>`username ^@ ${param('username')}::text`)
    .where('username', beyond, param('key'))
    .where(({ or, exists, selectFrom }) =>
      or([
        sql<boolean>`${param('unverified')}::boolean`,
        exists(
          selectFrom('read.verified_emails_8 as verified')
            .whereRef('verified.user_id', '=', 'user.id')
            .whereRef('verified.email', '=', 'user.email'),
        ),
      ]),
    )
    .orderBy('username', order)
    .limit(param('fetch')),
)

/** Finds a user by his id, in lower case; in company. */
export type FindById<User> = (id: string) => Promise<User | undefined>

export function profileFinder(on: Queryable): FindById<Profile> {
  return batchLookups({ lookUp: (ids) => profilesById.all(on, { ids }), keyOf: ({ id }) => id })
}

export function publicUserFinder(on: Queryable): FindById<PublicUser> {
  return batchLookups({ lookUp: (ids) => publicUsersById.all(on, { ids }), keyOf: ({ id }) => id })
}

/** By e-mail address, without regard to case. */
export function findCredentials(on: Queryable, email: string): Promise<Credentials | undefined> {
  return credentials.first(on, { email })
}

export async function isUsernameTaken(on: Queryable, username: string): Promise<boolean> {
  return (await byName.first(on, { username })) !== undefined
}

/** Whether an event with this id happened. */
export async function hasHappened(on: Queryable, eventId: string): Promise<boolean> {
  return (await happened.first(on, { eventId })) !== undefined
}

/** Whom a search by username finds. */
interface Search {
  /** The beginning of the username, letter for letter. */
  readonly username: string
  /** Also who has not shown that his address is his. */
  readonly unverified: boolean
}

/** Users whose username begins so; one page. */
export function searchUsers(
  on: Queryable,
  search: Search,
  { key = LOWEST_USERNAME, order, fetch }: PageRequest<string>,
): Promise<FoundUser[]> {
  return byUsername[order].all(on, { ...search, key, fetch })
}
