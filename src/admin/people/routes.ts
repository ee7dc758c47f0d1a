/** `GET /users`, `GET /users/{id}`, `GET /reports` and `GET /reports/{id}`: what operators see of users and reports. */

import type { Pool } from 'pg'
import { z } from 'zod'
import { listPeople, maxPeople } from '../../features/moderation/people.ts'
import { createOperators, OperatorError, type Operators } from '../../operators.ts'
import type { App } from '../../platform/http/app.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { idParams, text, uuid } from '../../platform/http/strings.ts'
import { actorOf, optionalActorHeaders, searchHeaders } from '../actor.ts'
import { personalParameter } from '../log/shapes.ts'
import { recordAddressSearch, showsPersonal } from '../log/show-personal.ts'
import { accountShape, personShape, reportShape, toAccount, toReport } from './shapes.ts'

const listSchema = {
  operationId: 'findPeople',
  tags: ['people'],
  summary: 'Find users',
  description:
    `By id, by e-mail address, by the username of a deleted account, or by the beginning of the username: ${maxPeople} ` +
    'at most, by username. A search with an `@` is by address: it needs `Epistle-Actor`, and `GET /audit` lists it, ' +
    'without the address.',
  headers: searchHeaders,
  querystring: z.strictObject({
    search: text({ min: 1, max: 254, trim: true }).meta({ example: 'ad' }),
  }),
  response: { 200: z.strictObject({ items: z.array(personShape) }).meta({ id: 'People' }) },
}

const userSchema = {
  operationId: 'getAccount',
  tags: ['people'],
  summary: 'Get the account of a user',
  description:
    'Its addresses and the reason of a suspension are masked, and `masked` names those that it has.',
  headers: optionalActorHeaders,
  params: idParams,
  querystring: z.strictObject({ personal: personalParameter }),
  response: { 200: accountShape },
}

const reportsSchema = {
  operationId: 'listReports',
  tags: ['people'],
  summary: 'List the messages that users reported',
  description:
    'Open reports, the oldest first, or settled ones, the last one first. The messages and the reasons are masked.',
  headers: optionalActorHeaders,
  querystring: z.strictObject({
    status: z.enum(['open', 'settled']).default('open'),
    before: uuid.optional().meta({ description: "The previous page's `nextCursor`" }),
    limit: wholeNumber(1, 100).default(50),
    personal: personalParameter,
  }),
  response: {
    200: z
      .strictObject({
        items: z.array(reportShape),
        open: z.int().meta({ description: 'How many reports are open' }),
        nextCursor: uuid.optional().meta({ description: 'Absent on the last page' }),
      })
      .meta({ id: 'Reports' }),
  },
}

const reportSchema = {
  operationId: 'getReport',
  tags: ['people'],
  summary: 'Get a report',
  description: 'Its message and its reason are masked, and `masked` names those that it has.',
  headers: optionalActorHeaders,
  params: idParams,
  querystring: z.strictObject({ personal: personalParameter }),
  response: { 200: reportShape },
}

/** Adds them. */
export function peopleRoutes(app: App, pool: Pool): void {
  const operators = createOperators(pool)
  app.get('/users', { schema: listSchema, config: {} }, async (request) => {
    const { search } = request.query
    const actor = search.includes('@') ? actorOf(request) : undefined
    const items = await listPeople(pool, search)
    if (actor !== undefined) await recordAddressSearch(pool, actor, items)
    return { items }
  })
  const config = { problems: ['not_found'] } as const
  app.get('/users/:id', { schema: userSchema, config }, async (request) => {
    const { id } = request.params
    // First, because a request for a user that does not exist shows nothing, and is not recorded.
    const account = await operators.show(id).catch(refuse)
    return toAccount(account, await showsPersonal(pool, request, id))
  })
  reportRoutes(app, pool, operators)
}

function reportRoutes(app: App, pool: Pool, operators: Operators): void {
  app.get('/reports', { schema: reportsSchema, config: {} }, async (request) => {
    const { status, before = null, limit } = request.query
    const shown = await showsPersonal(pool, request, 'reports')
    const { reports, open } = await operators.reports(status, { before, fetch: limit + 1 })
    const items = reports.slice(0, limit)
    const last = reports.length > limit ? items.at(-1) : undefined
    return {
      items: items.map((report) => toReport(report, shown)),
      ...{ open, ...(last && { nextCursor: last.id }) },
    }
  })
  const config = { problems: ['not_found'] } as const
  app.get('/reports/:id', { schema: reportSchema, config }, async (request) => {
    const { id } = request.params
    const report = await operators.report(id).catch(refuse)
    return toReport(report, await showsPersonal(pool, request, id))
  })
}

/** An act that is not possible, as a problem. */
export function refuse(error: unknown): never {
  if (!(error instanceof OperatorError)) throw error
  const { message } = error
  const detail = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
  throw new Problem(error.code, { detail, cause: error })
}
