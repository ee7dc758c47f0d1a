/** Finds users for an operator who knows an id, an address or the beginning of a name. */

import { findNamedUsers } from '../../features/moderation/named-users.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'

export interface Person {
  readonly id: string
  readonly username: string | null
  readonly registeredAt: string
}

/** The most users of a response. */
export const maxPeople = 20

const exact = /@|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The users with this id or e-mail address, present or former, or whose username begins with the text. */
export async function findPeople(on: Queryable, search: string): Promise<Person[]> {
  const { present, former } = exact.test(search) ? await findNamedUsers(on, search) : none
  const ids = present === undefined ? former : [present]
  const { rows } = await on.query<{ id: string; username: string | null; at: Date }>(
    `select id, username, registered_at as at from read.users_2
     where ${exact.test(search) ? 'id = any ($1::uuid[])' : 'username ^@ $1'}
     order by username limit ${maxPeople}`,
    [exact.test(search) ? ids : search],
  )
  return rows.map(({ id, username, at }) => ({ id, username, registeredAt: at.toISOString() }))
}

const none = { present: undefined, former: [] }
