/**
 * `/users/me/history` over HTTP: the activity of the caller's account. This file defines the shapes of
 * requests and responses; the query is in `queries.ts`.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import {
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  positionKey,
  toPage,
} from '../../platform/http/conventions/pages.ts'
import { byLength } from '../../platform/http/fair-reads.ts'
import { uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { listHistory } from './queries.ts'

/** Newest first, by the position of each event in the log. */
const history: PagedList<string> = { kind: 'history', key: positionKey, order: 'desc' }

const accountEventShape = z
  .strictObject({
    occurredAt: z.iso.datetime(),
    type: z
      .enum([
        'registered',
        'email_verified',
        'logged_in',
        'session_ended',
        'password_changed',
        'password_reset_requested',
        'password_reset',
        'username_changed',
        'email_changed',
        'email_change_reverted',
        'account_deleted',
        'account_restored',
        'suspended',
        'reinstated',
      ])
      .meta({
        description:
          '`password_changed` ended all other sessions. `password_reset_requested`: the user got a ' +
          'link that sets a new password, after a reset request or a second registration with this ' +
          'address. ' +
          '`password_reset`: a new password was set without the old one, and every session ended. ' +
          '`email_change_reverted`: the owner of an earlier address set it back. ' +
          '`suspended`: the operators of the service suspended the account, and every session ended. ' +
          'More types may be added',
      }),
    sessionId: uuid.nullable().meta({
      description: 'The session that began or ended, or that changed the password',
    }),
    userAgent: z.string().nullable().meta({
      description:
        'The `User-Agent` of the login that began this session, also after its end; null if unknown',
    }),
    label: z.string().nullable().meta({
      description: 'The last label of this session, also after its end',
    }),
  })
  .meta({ id: 'AccountEvent', description: 'An event in the history of your account' })

/** `GET /users/me/history`. */
export function accountHistoryRoutes(app: App, { pool }: { readonly pool: Queryable }): void {
  const schema = {
    operationId: 'listHistory',
    tags: ['users'],
    summary: 'List account activity, newest first',
    querystring: pageQuery(history, {}),
    response: { 200: pageOf(accountEventShape) },
  }
  app.get('/users/me/history', { schema, config: { reads: byLength } }, async (request) => {
    const page = pageRequest(history, request.query)
    const rows = await listHistory(pool, principalOf(request).userId, page)
    return toPage(
      history,
      page,
      rows,
      (row) => row.position,
      (row) => row,
    )
  })
}
