/** Finds users for an operator who knows an id, an address or the beginning of a name. */

import { findNamedUsers } from '../../features/moderation/named-users.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'

/** `leaving`: deleted by the user, who can still restore the account. The last one that holds counts. */
export const personStates = ['active', 'suspended', 'leaving', 'erased'] as const

export interface Person {
  readonly id: string
  readonly username: string | null
  readonly registeredAt: string
  readonly state: (typeof personStates)[number]
}

/** The most users of a response. */
export const maxPeople = 20

const exact = /@|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const stateOf = `case
  when exists (select from read.departed_users_12 departed where departed.id = u.id) then 'erased'
  when exists (select from read.left_users_15 gone where gone.user_id = u.id) then 'leaving'
  when exists (select from read.suspended_users_17 suspended where suspended.user_id = u.id) then 'suspended'
  else 'active' end`

/** The users with this id or e-mail address, present or former, or whose username begins with the text. */
export async function findPeople(on: Queryable, search: string): Promise<Person[]> {
  const isExact = exact.test(search)
  const { present, former } = isExact ? await findNamedUsers(on, search) : none
  const ids = present === undefined ? former : [present]
  const { rows } = await on.query<Omit<Person, 'registeredAt'> & { at: Date }>(
    `select u.id, u.username, u.registered_at as at, ${stateOf} as state from read.users_2 u
     where ${isExact ? 'u.id = any ($1::uuid[])' : 'u.username ^@ $1'}
     order by u.username limit ${maxPeople}`,
    [isExact ? ids : search.toLowerCase()],
  )
  return rows.map(({ at, ...person }) => ({ ...person, registeredAt: at.toISOString() }))
}

const none = { present: undefined, former: [] }
