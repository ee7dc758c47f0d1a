/** `/blocks` over HTTP: blocked users. Only the shapes of requests and responses are here. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { clientIdQuery } from '../../platform/http/conventions/client-ids.ts'
import {
  type ConditionHeaders,
  conditionHeaders,
  existenceCondition,
} from '../../platform/http/conventions/etags.ts'
import {
  idempotencyHeaders,
  idempotencyKey,
} from '../../platform/http/conventions/idempotency-header.ts'
import {
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  positionKey,
  toPage,
} from '../../platform/http/conventions/pages.ts'
import { byLength } from '../../platform/http/fair-reads.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { validationFailed } from '../../platform/http/problems/problem.ts'
import { position } from '../../platform/http/replies.ts'
import { uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { publicUserFinder } from '../users/queries.ts'
import { type BlockDeps, blockUser } from './block-user.ts'
import { listBlocks } from './queries.ts'
import { unblockUser } from './unblock-user.ts'

interface BlockRoutesDeps {
  readonly pool: Queryable
  readonly store: EventStore
}

/** Everything below `/blocks`. */
export function blockRoutes(app: App, { pool, store }: BlockRoutesDeps): void {
  listRoute(app, pool)
  const deps = { findUser: publicUserFinder(pool), store }
  blockRoute(app, deps)
  unblockRoute(app, deps)
}

const tags = ['blocks']
const params = z.strictObject({ userId: uuid })

const blockShape = z
  .strictObject({
    id: uuid,
    username: z.string().nullable(),
    blockedAt: z.iso.datetime(),
  })
  .meta({ id: 'Block', description: 'A user you have blocked, and when' })

/** Newest first, ordered by the position of the block's event. */
const blockList: PagedList<string> = { kind: 'blocks', key: positionKey, order: 'desc' }

function listRoute(app: App, pool: Queryable): void {
  const schema = {
    operationId: 'listBlocks',
    tags,
    summary: 'List the users you have blocked',
    querystring: pageQuery(blockList, {}),
    response: { 200: pageOf(blockShape) },
  }
  app.get('/blocks', { schema, config: { reads: byLength } }, async (request) => {
    const page = pageRequest(blockList, request.query)
    const rows = await listBlocks(pool, principalOf(request).userId, page)
    return toPage(
      blockList,
      page,
      rows,
      (row) => row.position,
      (row) => row,
    )
  })
}

const problems = ['not_found', 'version_conflict', 'unknown_event'] as const
const noPosition = '`Epistle-Position` is absent if nothing changed.'

function blockRoute(app: App, deps: BlockDeps): void {
  const schema = {
    operationId: 'blockUser',
    tags,
    summary: 'Block a user',
    description: `Their new messages are rejected with \`blocked\`. ${noPosition}`,
    params,
    querystring: clientIdQuery,
    headers: idempotencyHeaders.extend(conditionHeaders.shape),
    response: { 204: z.null().meta({ description: 'The user is blocked' }) },
  }
  const config = {
    limit: 'sending',
    problems: [...problems, 'idempotency_key_reused'],
    optionalHeaders: ['Epistle-Position'],
  } as const
  app.put('/blocks/:userId', { schema, config }, async (request, reply) => {
    const change = changeOf(request)
    const key = idempotencyKey(request, change.userId, 'blockUser')
    return noContent(reply, await blockUser(deps, { ...change, key }))
  })
}

function unblockRoute(app: App, deps: BlockDeps): void {
  const schema = {
    operationId: 'unblockUser',
    tags,
    summary: 'Unblock a user',
    description: noPosition,
    params,
    querystring: clientIdQuery,
    headers: conditionHeaders,
    response: { 204: z.null().meta({ description: 'The user is not blocked' }) },
  }
  const config = { limit: 'sending', problems, optionalHeaders: ['Epistle-Position'] } as const
  app.delete('/blocks/:userId', { schema, config }, async (request, reply) => {
    return noContent(reply, await unblockUser(deps, changeOf(request)))
  })
}

/** The change for the user in the path. Throws `validation_failed` when this is the caller. */
function changeOf(
  request: FastifyRequest<{
    Params: { userId: string }
    Querystring: { clientId?: string | undefined }
    Headers: ConditionHeaders
  }>,
) {
  const { userId } = principalOf(request)
  const blockedId = request.params.userId
  if (blockedId === userId) {
    const fault = { code: 'own_id', message: 'must not be your own user id' } as const
    throw validationFailed({ parameter: 'userId', ...fault })
  }
  const precondition = existenceCondition(request)
  return { userId, blockedId, precondition, metadata: metadata(request, request.query.clientId) }
}

function noContent(reply: FastifyReply, changed: Recorded | undefined): null {
  if (changed) position(reply, changed)
  reply.code(204)
  return null
}
