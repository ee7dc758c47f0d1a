/**
 * How operators find users: by id, e-mail address or username.
 *
 * A user who deleted the account has neither address nor username in the tables of users, and another user can have
 * registered the address since. Operators find them by both until their data are erased.
 */

import { sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { isUuid } from '../../platform/uuid.ts'
import { database } from './tables.ts'

/** The ids of the users whom a name finds. */
export interface NamedUsers {
  /** The user who has the name. */
  readonly present: string | undefined
  /** The users who gave the name up when they deleted their accounts, the last one first. */
  readonly former: readonly string[]
}

const byId = prepare('findUserIdById', (param: Param<{ name: string }>) =>
  database
    .selectFrom('read.users_2')
    .select('id')
    .where(sql<boolean>`id = ${param('name')}::uuid`),
)

const byEmail = prepare('findUserIdByEmail', (param: Param<{ name: string }>) =>
  database
    .selectFrom('read.users_2')
    .select('id')
    // Must be the expression of the unique index.
    .where(sql`lower(email collate "C")`, '=', sql`lower(${param('name')}::text collate "C")`),
)

const byUsername = prepare('findUserIdByUsername', (param: Param<{ name: string }>) =>
  database.selectFrom('read.users_2').select('id').where('username', '=', param('name')),
)

// The table has the users of 30 days, so it needs no index on their names.
const formerly = prepare('findLeftUserIds', (param: Param<{ name: string }>) =>
  database
    .selectFrom('read.left_users_15 as former')
    .innerJoin('log.user_left_15 as event', 'event.position', 'former.position')
    .select('former.user_id as id')
    .where(({ or, eb }) =>
      or([
        eb('event.username', '=', param('name')),
        sql<boolean>`lower(former.email collate "C") = lower(${param('name')}::text collate "C")`,
      ]),
    )
    .orderBy('former.position', 'desc'),
)

/** Finds the users who have or had an id, an e-mail address or a username. A departed user has an id alone. */
export async function findNamedUsers(on: Queryable, name: string): Promise<NamedUsers> {
  if (isUuid(name)) return { present: (await byId.first(on, { name }))?.id, former: [] }
  const query = name.includes('@') ? byEmail : byUsername
  const [present, former] = await Promise.all([
    query.first(on, { name }),
    formerly.all(on, { name }),
  ])
  return { present: present?.id, former: former.map(({ id }) => id) }
}
