/** `GET /users` over HTTP: finds users by the beginning of their username, or by their ids. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import {
  conflictsWith,
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  toPage,
} from '../../platform/http/conventions/pages.ts'
import { type Fault, issueOf } from '../../platform/http/problems/field-faults.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import { findUsers, searchUsers } from './queries.ts'
import type { UserDeps } from './registration-routes.ts'
import { MAX_USER_IDS, publicUserShape, toPublicUser, usernameRules } from './schemas.ts'
import { USERNAME } from './username.ts'

/** Sorted by username. Usernames are unique and stored in lower case, so they serve as cursor keys. */
const usernameKey = z.string().regex(USERNAME).lowercase()
const userList: PagedList<string> = { kind: 'users', key: usernameKey, order: 'asc' }

const username = text({ min: usernameRules.searchMinLength, max: usernameRules.maxLength })
  .toLowerCase()
  .optional()
  .meta({ description: 'The beginning of the username, matched literally', example: 'ad' })

const ids = text({ max: 37 * MAX_USER_IDS - 1 })
  .transform((list) => list.split(','))
  .pipe(z.array(uuid).max(MAX_USER_IDS, `expected at most ${MAX_USER_IDS} ids`))
  .optional()
  .meta({
    type: 'string',
    description:
      `Up to ${MAX_USER_IDS} user ids, separated by commas, in place of \`username\`. All users are on one page, in the ` +
      'order of the ids. Ids that no user has are left out',
  })

const neither: Fault = { code: 'required', message: 'expected either username or ids' }

/** A query has either the beginning of a username or ids; only the former has more than one page. */
const query = pageQuery(userList, { username, ids }).superRefine((query, context) => {
  if (query.ids === undefined) {
    if (query.username === undefined) context.addIssue(issueOf(neither, 'username'))
    return
  }
  for (const parameter of ['username', 'before', 'after'] as const) {
    if (query[parameter] !== undefined) context.addIssue(issueOf(conflictsWith('ids'), parameter))
  }
})

export function searchRoute(app: App, { pool, requireVerifiedEmail }: UserDeps): void {
  const schema = {
    operationId: 'findUsers',
    tags: ['users'],
    summary: 'Find users by the beginning of their username, or by ids',
    description:
      'If the server requires verified e-mail addresses, only users with a verified address are found by ' +
      'username, so that a search cannot show whether the address of a registration was free.',
    querystring: query,
    response: { 200: pageOf(publicUserShape) },
  }
  app.get('/users', { schema, config: { reads: 'much' } }, async ({ query }) => {
    if (query.ids) return { items: (await findUsers(pool, query.ids)).map(toPublicUser) }
    const page = pageRequest(userList, query)
    const search = { username: query.username ?? '', unverified: !requireVerifiedEmail }
    const rows = await searchUsers(pool, search, page)
    return toPage(userList, page, rows, (row) => row.username, toPublicUser)
  })
}
