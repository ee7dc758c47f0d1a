/** The queries about tokens: the owner of a token, and the owner's version in the same snapshot. */

import { sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { hashToken } from '../../platform/tokens.ts'
import type { Purpose } from './events.ts'
import { recordedHashOf } from './retry-tokens.ts'
import { database } from './tables.ts'

export interface FoundToken {
  /** The id of the event that issued it. */
  readonly issuedBy: string
  readonly userId: string
  /** Of the user's stream. */
  readonly version: number
}

/** The event that issued the row `token`, and the version of its user's stream, in the snapshot of the row. */
const issuedBy = sql<string>`(
  select id from log.events where position = token.position)`.as('issuedBy')
const version = sql<number>`(
  select max(stream_version) from log.events where stream_id = token.user_id)`.as('version')

const byHash = prepare('findMailToken', (param: Param<{ hash: string; purpose: string }>) =>
  database
    .selectFrom('read.mail_tokens_8 as token')
    .where(sql<boolean>`token_hash = ${param('hash')}::bytea`)
    .where('purpose', '=', param('purpose'))
    .where('expires_at', '>', sql<string>`now()`)
    .select('user_id as userId')
    .select([issuedBy, version]),
)

const requestedByHash = prepare('findRequestedEmail', (param: Param<{ hash: string }>) =>
  database
    .selectFrom('read.requested_emails_13 as token')
    .where(sql<boolean>`token_hash = ${param('hash')}::bytea`)
    .where('expires_at', '>', sql<string>`now()`)
    .select(['user_id as userId', 'email'])
    .select([issuedBy, version]),
)

const replacedByHash = prepare('findReplacedEmailByToken', (param: Param<{ hash: string }>) =>
  database
    .selectFrom('read.replaced_emails_13 as token')
    .where(sql<boolean>`token_hash = ${param('hash')}::bytea`)
    .where('expires_at', '>', sql<string>`now()`)
    .select(['user_id as userId', 'email', 'change_id as changeId'])
    .select([issuedBy, version]),
)

const leftByHash = prepare('findLeftUserByToken', (param: Param<{ hash: string }>) =>
  database
    .selectFrom('read.left_users_15 as token')
    .where(sql<boolean>`token_hash = ${param('hash')}::bytea`)
    .where('restorable_until', '>', sql<string>`now()`)
    .select(['user_id as userId', 'email'])
    // Of the mail, not of the row, whose position is that of the deletion.
    .select(
      sql<string>`(
        select event.id from log.restoration_offered_15 offer join log.events event using (position)
        where offer.token_hash = token.token_hash)`.as('issuedBy'),
    )
    .select(version),
)

const leftById = prepare('findLeftUser', (param: Param<{ leavingId: string; userId: string }>) =>
  database
    .selectFrom('read.left_users_15')
    .where('user_id', '=', param('userId'))
    .where('leaving_id', '=', param('leavingId'))
    .where('restorable_until', '>', sql<string>`now()`)
    .select(['user_id as id', 'email', 'restorable_until as restorableUntil']),
)

const replacedById = prepare('findReplacedEmail', (param: Param<{ changeId: string }>) =>
  database
    .selectFrom('read.replaced_emails_13')
    .where('change_id', '=', param('changeId'))
    .select('email'),
)

const userAgentOf = prepare('findUserAgent', (param: Param<{ eventId: string }>) =>
  database
    .selectFrom('log.events as event')
    .innerJoin('log.session_started_10 as login', 'login.position', 'event.position')
    .where('event.id', '=', param('eventId'))
    .select('login.user_agent as userAgent'),
)

const versionIfUnchanged = prepare(
  'findVersionIfUnchanged',
  (param: Param<{ userId: string; since: string }>) =>
    database
      .selectFrom('log.events')
      .where('stream_id', '=', param('userId'))
      .select(sql<number>`max(stream_version)`.as('version'))
      .having(
        sql<boolean>`not bool_or(stream_version > ${param('since')}::int
          and type ~ '^(password_changed|email_changed|user_left|user_forgotten)_')`,
      ),
)

/** The owner of a valid token; undefined when it is unknown, used, replaced, expired or for another purpose. */
export function findMailToken(
  on: Queryable,
  token: string,
  purpose: Purpose,
): Promise<FoundToken | undefined> {
  return findByHash(on, token, (hash) => byHash.first(on, { hash, purpose }))
}

/** The user who asked for the address in whose mail this token is, and the address; undefined as above. */
export function findRequestedEmail(on: Queryable, token: string) {
  return findByHash(on, token, (hash) => requestedByHash.first(on, { hash }))
}

/** The user whose earlier address this token sets back, the address and its change; undefined as above. */
export function findReplacedEmailByToken(on: Queryable, token: string) {
  return findByHash(on, token, (hash) => replacedByHash.first(on, { hash }))
}

/** The user who left and whose account this token restores, and the address; undefined as above. */
export function findLeftUserByToken(on: Queryable, token: string) {
  return findByHash(on, token, (hash) => leftByHash.first(on, { hash }))
}

/** A user who left by this deletion; undefined when the account was restored, or can no longer be. */
export function findLeftUser(on: Queryable, deletion: { userId: string; leavingId: string }) {
  return leftById.first(on, deletion)
}

/**
 * The present version of a user's stream; undefined where the password or the address changed after the version `since`,
 * or where the user left.
 */
export async function findVersionIfUnchanged(
  on: Queryable,
  request: { readonly userId: string; readonly since: string },
): Promise<number | undefined> {
  return (await versionIfUnchanged.first(on, request))?.version
}

/** The address that a change replaced; undefined when it was not verified, or the change was taken back. */
export async function findReplacedEmail(
  on: Queryable,
  changeId: string,
): Promise<string | undefined> {
  return (await replacedById.first(on, { changeId }))?.email
}

/** The `User-Agent` of the login with this event; null if the client sent none, or if it was erased. */
export async function findUserAgent(on: Queryable, eventId: string): Promise<string | null> {
  return (await userAgentOf.first(on, { eventId }))?.userAgent ?? null
}

/** Looks up a token by its hash, and by the hash of the recorded token that it stands for. */
async function findByHash<Found>(
  on: Queryable,
  token: string,
  find: (hash: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const hash = hashToken(token)
  const found = await find(hash)
  if (found) return found
  const recorded = await recordedHashOf(on, hash)
  return recorded === undefined ? undefined : find(recorded)
}
