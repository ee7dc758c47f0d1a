/** `GET /users`, `GET /users/{id}` and `GET /reports`: what operators see of users and reports. */

import type { Pool } from 'pg'
import { z } from 'zod'
import { createOperators, OperatorError } from '../../operators.ts'
import type { App } from '../../platform/http/app.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { idParams, text } from '../../platform/http/strings.ts'
import { findPeople, maxPeople } from './queries.ts'
import { accountShape, personShape, reportShape } from './shapes.ts'

const listSchema = {
  operationId: 'findPeople',
  tags: ['people'],
  summary: 'Find users',
  description: `By id, by e-mail address, or by the beginning of the username: ${maxPeople} at most, by username.`,
  querystring: z.strictObject({
    search: text({ min: 1, max: 254, trim: true }).meta({ example: 'ad' }),
  }),
  response: { 200: z.strictObject({ items: z.array(personShape) }).meta({ id: 'People' }) },
}

const userSchema = {
  operationId: 'getAccount',
  tags: ['people'],
  summary: 'Get the account of a user',
  params: idParams,
  response: { 200: accountShape },
}

const reportsSchema = {
  operationId: 'listReports',
  tags: ['people'],
  summary: 'List the messages that users reported',
  description: 'Open reports, the oldest first, or settled ones, the last one first: 100 at most.',
  querystring: z.strictObject({ status: z.enum(['open', 'settled']).default('open') }),
  response: {
    200: z
      .strictObject({
        items: z.array(reportShape),
        open: z.int().meta({ description: 'How many reports are open' }),
      })
      .meta({ id: 'Reports' }),
  },
}

/** Adds them. */
export function peopleRoutes(app: App, pool: Pool): void {
  const operators = createOperators(pool)
  app.get('/users', { schema: listSchema, config: {} }, async ({ query: { search } }) => ({
    items: await findPeople(pool, search),
  }))
  const config = { problems: ['not_found'] } as const
  app.get('/users/:id', { schema: userSchema, config }, async ({ params: { id } }) =>
    operators.show(id).catch(refuse),
  )
  app.get('/reports', { schema: reportsSchema, config: {} }, async ({ query: { status } }) => {
    const { reports, open } = await operators.reports(status)
    return { items: reports, open }
  })
}

/** An act that is not possible, as a problem. */
export function refuse(error: unknown): never {
  if (!(error instanceof OperatorError)) throw error
  const { message } = error
  const detail = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
  throw new Problem(error.code, { detail, cause: error })
}
