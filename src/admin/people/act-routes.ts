/** What operators do to users and reports. Each act is an event with the name of its operator, and an act of the list. */

import type { FastifyRequest } from 'fastify'
import type { Pool } from 'pg'
import { z } from 'zod'
import { outcomes } from '../../features/moderation/events.ts'
import { moderationRules } from '../../features/moderation/schemas.ts'
import { createOperators, type Operators } from '../../operators.ts'
import type { App } from '../../platform/http/app.ts'
import { idParams, text } from '../../platform/http/strings.ts'
import { actorHeaders, actorOf } from '../actor.ts'
import { perform } from '../acts/perform.ts'
import { refuse } from './routes.ts'
import { accountShape, toAccount } from './shapes.ts'

const note = (description: string) =>
  text({ min: 1, max: moderationRules.reasonMaxLength, trim: true }).meta({ description })

const shared = { tags: ['people'], headers: actorHeaders, params: idParams }
const problems = ['not_found', 'conflict'] as const
const config = { problems }
/** Of an act that is recorded as an event. */
const changing = { problems: [...problems, 'version_conflict', 'unknown_event'] } as const

const suspendSchema = {
  ...shared,
  operationId: 'suspendUser',
  summary: 'Suspend a user',
  description:
    'Ends all sessions. Logins, messages and edits are refused until the user is reinstated. Changes nothing if the ' +
    'user is suspended already.',
  body: z.strictObject({ reason: note('Why; the user finds it in the export of their data') }),
  response: { 200: accountShape },
}

const reinstateSchema = {
  ...shared,
  operationId: 'reinstateUser',
  summary: 'Reinstate a suspended user',
  response: { 200: accountShape },
}

const endSessionsSchema = {
  ...shared,
  operationId: 'endSessionsOfUser',
  summary: 'End all sessions of a user',
  response: { 200: accountShape },
}

const sendResetSchema = {
  ...shared,
  operationId: 'sendPasswordReset',
  summary: 'Send a user a password reset e-mail',
  description:
    'A worker sends it. The limits of e-mails to an address apply. No operator sees its link.',
  response: { 202: accountShape },
}

const settleSchema = {
  ...shared,
  operationId: 'settleReport',
  summary: 'Settle a report',
  description: 'Does not affect its users: to stop the sender, suspend them.',
  body: z.strictObject({
    outcome: z.enum(outcomes).meta({ description: '`upheld` if you agree with the report' }),
    note: note('For other operators; do not name users in it').optional(),
  }),
  response: { 204: z.null().meta({ description: 'The report is settled' }) },
}

/** Adds them. */
export function peopleActRoutes(app: App, pool: Pool): void {
  const operators = createOperators(pool)
  const act = actOn(pool, operators)
  app.put('/users/:id/suspension', { schema: suspendSchema, config: changing }, (request) =>
    act(request, 'suspend', (id, actor) =>
      operators.suspend(id, { actor, reason: request.body.reason }),
    ),
  )
  app.delete('/users/:id/suspension', { schema: reinstateSchema, config: changing }, (request) =>
    act(request, 'reinstate', (id, actor) => operators.reinstate(id, { actor })),
  )
  app.delete('/users/:id/sessions', { schema: endSessionsSchema, config: changing }, (request) =>
    act(request, 'end_sessions', (id, actor) => operators.endSessions(id, { actor })),
  )
  app.post('/users/:id/password-reset', { schema: sendResetSchema, config }, (request, reply) => {
    reply.code(202)
    return act(request, 'send_reset', (id, actor) => operators.sendReset(id, { actor }))
  })
  app.post(
    '/reports/:id/settlement',
    { schema: settleSchema, config: changing },
    async (request, reply) => {
      const { outcome, note = null } = request.body
      const { id: reportId } = request.params
      const actor = actorOf(request)
      const settled = { actor, act: 'settle', subject: reportId, arguments: { outcome } }
      await perform(pool, app.log, settled, () =>
        operators.settle({ reportId, outcome, note, actor }),
      ).catch(refuse)
      reply.code(204)
      return null
    },
  )
}

interface OnUser extends Pick<FastifyRequest, 'headers' | 'log'> {
  readonly params: { readonly id: string }
}

/** Carries out an act on the user in the path, and returns the account as it is afterwards. */
function actOn(pool: Pool, operators: Operators) {
  return async (
    request: OnUser,
    name: string,
    work: (id: string, actor: string) => Promise<unknown>,
  ) => {
    const { id } = request.params
    const actor = actorOf(request)
    const act = { actor, act: name, subject: id }
    await perform(pool, request.log, act, () => work(id, actor)).catch(refuse)
    return toAccount(await operators.show(id).catch(refuse))
  }
}
