/** The operations of the owner: each starts a job. They are added only where the owner's URL is configured. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config.ts'
import { operatorMetadata } from '../../features/moderation/operator.ts'
import { moderationRules } from '../../features/moderation/schemas.ts'
import { serviceUserId } from '../../features/users/queries.ts'
import type { App } from '../../platform/http/app.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { tableName } from '../../platform/read-models/tables.ts'
import { actorHeaders, actorOf } from '../actor.ts'
import { demoting, forgetting, rebuilding, retiring, verifying } from './kinds.ts'
import { findJob } from './queries.ts'
import type { JobRunner, NewJob } from './runner.ts'
import { jobShape, toItem } from './shapes.ts'

/** Its form is checked, because the names are recorded for good: what was sent instead of one can be personal. */
const name = text({ min: 1, max: 63 }).regex(
  tableName,
  'expected the name of a read table, such as users_2',
)
const names = z.array(name).max(200)
const someNames = names.min(1).meta({ description: 'Read tables', example: ['users_2'] })
const sinceLast = z.boolean().default(false).meta({
  description:
    'Replay only the events after the copy that the last verification kept, and keep it again',
})

const shared = { tags: ['jobs'], headers: actorHeaders, response: { 202: jobShape } }

const verifySchema = {
  ...shared,
  operationId: 'startVerification',
  summary: 'Compare read tables with a replay of the log',
  description: 'Changes no row. Servers and workers keep running.',
  body: z.strictObject({
    tables: names.default([]).meta({ description: 'Read tables; all that are live if absent' }),
    sinceLast,
    keep: z.boolean().default(false).meta({ description: 'Keep the copy, for `sinceLast`' }),
  }),
}

const rebuildSchema = {
  ...shared,
  operationId: 'startRebuild',
  summary: 'Replace the rows of read tables that differ from the log',
  description:
    'Servers and workers keep running. At any moment each row is either unchanged or correct.',
  body: z.strictObject({ tables: someNames, sinceLast }),
}

const demoteSchema = {
  ...shared,
  operationId: 'startDemotion',
  summary: 'Turn old read tables into views of their successors',
  description: 'Refused where rows or columns differ. Servers keep reading the table as before.',
  body: z.strictObject({ tables: someNames }),
}

const retireSchema = {
  ...shared,
  operationId: 'startRetirement',
  summary: 'Drop old read tables that no server or worker reads',
  description:
    'Drops those named, or those of a release. Without either, it drops all that neither this code nor a running server ' +
    'or worker reads. This cannot be undone: old code whose tables are gone cannot start on this database again.',
  body: z
    .strictObject({ tables: names.default([]), release: z.int().min(0).max(100_000).optional() })
    .refine(({ tables, release }) => release === undefined || tables.length === 0, {
      path: ['release'],
      message: 'cannot be combined with tables',
    }),
}

const forgetSchema = {
  ...shared,
  operationId: 'startErasure',
  summary: 'Erase the personal data of a user',
  description:
    'Erases them from all events and every read table in one transaction, as `epistle forget` does, and adds a line to ' +
    '`FORGET_LEDGER`. This cannot be undone. The job is refused where an earlier erasure kept the text of the messages ' +
    'and this one would erase it: the text stays.',
  body: z.strictObject({
    userId: uuid,
    reason: text({ min: 1, max: moderationRules.reasonMaxLength, trim: true })
      .default('asked for by the user')
      .meta({ description: 'For the table `log.erasures`; do not name the user in it' }),
    messages: z
      .enum(['author', 'content'])
      .optional()
      .meta({
        description:
          'What to erase of the messages that the user sent: only their author, or their text as well. The default is ' +
          'that of `FORGET_MESSAGES`',
      }),
  }),
}

export interface StartDeps {
  readonly config: Pick<Config, 'forgetMessages' | 'forgetLedger'>
  readonly pool: Queryable
  readonly runner: JobRunner
}

/** Adds them. */
export function startRoutes(app: App, { config: settings, pool, runner }: StartDeps): void {
  const config = { open: true, problems: ['conflict'] } as const
  const start = async (
    request: FastifyRequest,
    reply: FastifyReply,
    job: Omit<NewJob, 'actor'>,
  ) => {
    const id = await runner.start({ ...job, actor: actorOf(request) })
    const started = await findJob(pool, id)
    if (!started) throw new Problem('unavailable')
    reply.code(202).header('Location', `/jobs/${id}`)
    return toItem(started)
  }
  app.post('/verifications', { schema: verifySchema, config }, (request, reply) => {
    const job = { act: 'verify', arguments: request.body, work: verifying(request.body) } as const
    return start(request, reply, job)
  })
  app.post('/rebuilds', { schema: rebuildSchema, config }, (request, reply) => {
    const work = rebuilding({ ...request.body, keep: false })
    return start(request, reply, { act: 'rebuild', arguments: request.body, work })
  })
  app.post('/demotions', { schema: demoteSchema, config }, (request, reply) => {
    const work = demoting(request.body.tables)
    return start(request, reply, { act: 'demote', arguments: request.body, work })
  })
  app.post('/retirements', { schema: retireSchema, config }, (request, reply) => {
    const { tables, release } = request.body
    const work = retiring({ tables, release })
    return start(request, reply, { act: 'retire', arguments: request.body, work })
  })
  app.post('/erasures', { schema: forgetSchema, config }, (request, reply) =>
    start(request, reply, erasure(request.body, actorOf(request), settings)),
  )
}

/** The reason is in `log.erasures` alone, where an operator was asked not to name the user. */
function erasure(
  { userId, reason, messages }: z.output<typeof forgetSchema.body>,
  actor: string,
  { forgetMessages, forgetLedger: ledger }: StartDeps['config'],
): Omit<NewJob, 'actor'> {
  if (userId === serviceUserId) {
    throw new Problem('conflict', { detail: 'The user of the service itself cannot be erased.' })
  }
  const erased = messages ?? forgetMessages
  const kept = erased === 'author' ? (['messages'] as const) : []
  const work = forgetting({ userId, reason, kept, ...operatorMetadata(actor), ledger })
  return { act: 'forget', subject: userId, arguments: { userId, messages: erased }, work }
}
