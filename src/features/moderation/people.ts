/** Lists users for an operator who knows an id, an address, a username or its beginning. */

import { sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { isUuid } from '../../platform/uuid.ts'
import { usernameBeginsWith } from '../users/queries.ts'
import { findNamedUsers } from './named-users.ts'
import { database } from './tables.ts'

/** `leaving`: deleted by the user, who can still restore the account. The last one that holds counts. */
export const personStates = ['active', 'suspended', 'leaving', 'erased'] as const

export interface Person {
  readonly id: string
  /** Null if the user has left or departed. */
  readonly username: string | null
  /** RFC 3339. */
  readonly registeredAt: string
  readonly state: (typeof personStates)[number]
}

/** The most users of a response. */
export const maxPeople = 20

interface Wanted {
  /** The users with the name that was searched for. */
  readonly ids: readonly string[]
  /** The beginning of usernames; null for none. */
  readonly beginning: string | null
}

const people = prepare('listPeople', (param: Param<Wanted>) =>
  database
    .selectFrom('read.users_2 as person')
    .leftJoin('read.suspended_users_17 as suspended', 'suspended.user_id', 'person.id')
    .leftJoin('read.left_users_15 as gone', 'gone.user_id', 'person.id')
    .leftJoin('read.departed_users_12 as departed', 'departed.id', 'person.id')
    .select(['person.id', 'person.username', 'person.registered_at as registeredAt'])
    .select(
      sql<Person['state']>`case when departed.id is not null then 'erased'
        when gone.user_id is not null then 'leaving'
        when suspended.user_id is not null then 'suspended' else 'active' end`.as('state'),
    )
    .where(
      sql<boolean>`person.id = any(${param('ids')}::uuid[] || array(
        select id from read.users_2 where ${usernameBeginsWith(param('beginning'))}
        order by username limit ${maxPeople}))`,
    )
    .orderBy(sql`person.id = any(${param('ids')}::uuid[])`, 'desc')
    .orderBy('person.username')
    .limit(sql.lit(maxPeople)),
)

/**
 * The users with this id, e-mail address or username, present or former, first; and those whose username begins with the
 * text. Of an address only its present owner, if it has one.
 */
export async function listPeople(on: Queryable, search: string): Promise<Person[]> {
  const isExact = search.includes('@') || isUuid(search)
  const name = isExact ? search : search.toLowerCase()
  const { present, former } = await findNamedUsers(on, name)
  const ids = isExact && present !== undefined ? [present] : [present ?? [], former].flat()
  return people.all(on, { ids, beginning: isExact ? null : name })
}
