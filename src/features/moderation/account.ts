/** What operators see of a user: the account without any secret, and its last events with the actor of each. */

import { sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { isEmailVerified } from '../users/queries.ts'
import { operatorIn } from './operator.ts'
import { isOpen } from './queries.ts'
import { database } from './tables.ts'

/** Times are RFC 3339. */
export interface Account {
  readonly id: string
  /** Null if the user has left or departed. */
  readonly email: string | null
  readonly emailVerified: boolean
  readonly username: string | null
  readonly registeredAt: string
  readonly suspension: Suspension | null
  /** Until when the user, who deleted the account, can restore it; null for all others. */
  readonly restorableUntil: string | null
  /** What that user gave up, and gets back by a restoration. */
  readonly formerEmail: string | null
  readonly formerUsername: string | null
  /** Ids of other users who had the address, deleted their accounts, and can restore them if it becomes free. */
  readonly formerOwners: readonly string[]
  readonly departedAt: string | null
  /** The name of the operator who erased the user's data; null for all others. */
  readonly erasedBy: string | null
  readonly activeSessions: number
  /** Reports of messages that the user sent. */
  readonly reports: { readonly open: number; readonly upheld: number; readonly dismissed: number }
  /** The newest first; `historyLength` at most. */
  readonly history: AccountEvent[]
}

interface Suspension {
  readonly since: string
  readonly reason: string
  readonly actor: string
}

export interface AccountEvent {
  readonly occurredAt: string
  readonly type: string
  /** The name of the operator whose act it was; null for the user's own. */
  readonly operator: string | null
}

/** How many events of its history an account shows. */
export const historyLength = 20

const account = prepare('findAccount', (param: Param<{ userId: string }>) =>
  database
    .selectFrom('read.users_2 as user')
    .leftJoin('read.suspended_users_17 as suspended', 'suspended.user_id', 'user.id')
    .leftJoin('read.left_users_15 as left', 'left.user_id', 'user.id')
    .leftJoin('log.user_left_15 as leaving', 'leaving.position', 'left.position')
    .leftJoin('read.departed_users_12 as departed', 'departed.id', 'user.id')
    .leftJoin('log.events as erasure', 'erasure.position', 'departed.position')
    .where('user.id', '=', param('userId'))
    .select(['user.id', 'user.email', 'user.username', 'user.registered_at as registeredAt'])
    .select(['departed.departed_at as departedAt', 'suspended.suspended_at as since'])
    .select(['suspended.reason', 'suspended.actor', 'left.restorable_until as restorableUntil'])
    .select(['left.email as formerEmail', 'leaving.username as formerUsername'])
    .select(sql<string | null>`erasure.metadata ->> 'actor'`.as('erasedBy'))
    .select(
      sql<string[]>`array(select former.user_id from read.left_users_15 former
        where lower(former.email collate "C") = lower("user".email collate "C")
        order by former.position desc)`.as('formerOwners'),
    )
    .select(isEmailVerified.as('emailVerified'))
    .select(({ selectFrom }) =>
      selectFrom('read.sessions_10 as session')
        .leftJoin('sessions.uses as used', 'used.session_id', 'session.id')
        .whereRef('session.user_id', '=', 'user.id')
        .where(sql<boolean>`greatest(session.expires_at, used.expires_at) > now()`)
        .select(sql<number>`count(*)::int`.as('count'))
        .as('activeSessions'),
    ),
)

const reports = prepare('countReportsOfUser', (param: Param<{ userId: string }>) =>
  database
    .selectFrom('read.reports_17 as report')
    .where('reported_id', '=', param('userId'))
    .select([
      sql<number>`count(*) filter (where ${isOpen})::int`.as('open'),
      sql<number>`count(*) filter (where outcome = 'upheld')::int`.as('upheld'),
      sql<number>`count(*) filter (where outcome = 'dismissed')::int`.as('dismissed'),
    ]),
)

const history = prepare('listHistoryForOperators', (param: Param<{ userId: string }>) =>
  database
    .selectFrom('read.user_history_7 as history')
    .innerJoin('log.events as event', 'event.position', 'history.position')
    .where('history.user_id', '=', param('userId'))
    .select(['history.what as type', 'history.happened_at as occurredAt'])
    .select(sql<string | null>`event.metadata ->> 'actor'`.as('actor'))
    .orderBy('history.position', 'desc')
    .limit(historyLength),
)

/** The account of a user; undefined when no user has the id. */
export async function findAccount(on: Queryable, userId: string): Promise<Account | undefined> {
  const [found, counts, events] = await Promise.all([
    account.first(on, { userId }),
    reports.first(on, { userId }),
    history.all(on, { userId }),
  ])
  if (!found) return undefined
  const { since, reason, actor, email, departedAt, erasedBy, activeSessions, ...rest } = found
  return {
    ...rest,
    email: departedAt === null && found.restorableUntil === null ? email : null,
    departedAt,
    erasedBy: operatorIn(erasedBy),
    activeSessions: activeSessions ?? 0,
    suspension: since === null ? null : { since, reason: reason ?? '', actor: actor ?? '' },
    reports: counts ?? { open: 0, upheld: 0, dismissed: 0 },
    history: events.map(({ type, occurredAt, actor }) => ({
      ...{ type, occurredAt },
      operator: operatorIn(actor),
    })),
  }
}
