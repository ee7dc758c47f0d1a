/**
 * `/users/me/history` over HTTP: what happened to the own account. Only shapes are here: what a
 * request may hold, and how an answer looks.
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
import { uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { listHistory } from './queries.ts'

/** Newest first; the place of what happened is its position in the log. */
const past: PagedList<string> = { kind: 'history', key: positionKey, order: 'desc' }

const happeningShape = z
  .strictObject({
    at: z.iso.datetime(),
    what: z
      .enum([
        'registered',
        'email_verified',
        'logged_in',
        'session_ended',
        'password_changed',
        'password_reset_asked',
        'password_reset',
      ])
      .meta({
        description:
          'A change of password ended all other sessions. `password_reset_asked`: a link to a new ' +
          'password was mailed, because somebody said that it is forgotten, or registered once more; ' +
          '`password_reset`: a new one was set without the old one, and every session ended. More ' +
          'may be added',
      }),
    sessionId: uuid.nullable().meta({
      description: 'The session that began or ended, or in which the password was changed',
    }),
  })
  .meta({ id: 'Happening', description: 'Something that happened to the own account' })

/** `GET /users/me/history`. */
export function accountHistoryRoutes(app: App, { pool }: { readonly pool: Queryable }): void {
  const schema = {
    operationId: 'listHistory',
    tags: ['users'],
    summary: 'What happened to the own account, newest first',
    querystring: pageQuery(past, {}),
    response: { 200: pageOf(happeningShape) },
  }
  app.get('/users/me/history', { schema }, async (request) => {
    const page = pageRequest(past, request.query)
    const rows = await listHistory(pool, principalOf(request).userId, page)
    return toPage(
      past,
      page,
      rows,
      (row) => row.position,
      (row) => row,
    )
  })
}
