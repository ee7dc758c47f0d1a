/**
 * `/blocks` over HTTP: from whom one wants nothing. Only shapes are here: what a request may hold,
 * and how an answer looks.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { idempotencyHeaders, idempotencyKey } from '../../platform/http/conventions/idempotency.ts'
import {
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  positionKey,
  toPage,
} from '../../platform/http/conventions/pages.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { validationFailed } from '../../platform/http/problems/problem.ts'
import { position } from '../../platform/http/replies.ts'
import { uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { publicUserFinder } from '../users/queries.ts'
import type { BlockCommand } from './block.ts'
import { type BlockDeps, changeBlock } from './commands.ts'
import { listBlocks } from './queries.ts'

interface BlockRoutesDeps {
  readonly pool: Queryable
  readonly store: EventStore
}

/** Everything below `/blocks`. */
export function blockRoutes(app: App, { pool, store }: BlockRoutesDeps): void {
  listRoute(app, pool)
  changeRoutes(app, { findUser: publicUserFinder(pool), store })
}

const tags = ['blocks']
const params = z.strictObject({ userId: uuid })

const blockShape = z
  .strictObject({
    id: uuid,
    username: z.string().nullable(),
    blockedAt: z.iso.datetime(),
  })
  .meta({ id: 'Block', description: 'A user who is blocked, and since when' })

/** Newest first; a block's place is the position of its event. */
const own: PagedList<string> = { kind: 'blocks', key: positionKey, order: 'desc' }

function listRoute(app: App, pool: Queryable): void {
  const schema = {
    operationId: 'listBlocks',
    tags,
    summary: 'Whom the caller has blocked',
    querystring: pageQuery(own, {}),
    response: { 200: pageOf(blockShape) },
  }
  app.get('/blocks', { schema }, async (request) => {
    const page = pageRequest(own, request.query)
    const rows = await listBlocks(pool, principalOf(request).userId, page)
    return toPage(
      own,
      page,
      rows,
      (row) => row.position,
      (row) => row,
    )
  })
}

function changeRoutes(app: App, deps: BlockDeps): void {
  const limit = 'sending'
  const problems = ['not_found', 'version_conflict', 'unknown_event'] as const
  const description = '`Epistle-Position` is absent where it was so before.'
  const done = (description: string) => ({ 204: z.null().meta({ description }) })

  async function change(
    type: BlockCommand['type'],
    request: FastifyRequest<{ Params: { userId: string } }>,
    reply: FastifyReply,
  ) {
    const { userId } = principalOf(request)
    const blockedId = request.params.userId
    if (blockedId === userId)
      throw validationFailed({ parameter: 'userId', message: 'is your own' })
    const changed = await changeBlock(deps, {
      command: { type, userId, blockedId },
      key: type === 'BlockUser' ? idempotencyKey(request, userId, 'blockUser') : undefined,
      metadata: metadata(request),
    })
    if (changed) position(reply, changed)
    reply.code(204)
    return null
  }

  const block = {
    operationId: 'blockUser',
    tags,
    summary: 'Take no more messages from a user',
    description: `What he sends from now on is refused as \`blocked\`. ${description}`,
    params,
    headers: idempotencyHeaders,
    response: done('The user is blocked'),
  }
  const keyed = { limit, problems: [...problems, 'idempotency_key_reused'] } as const
  app.put('/blocks/:userId', { schema: block, config: keyed }, (request, reply) =>
    change('BlockUser', request, reply),
  )
  const unblock = {
    operationId: 'unblockUser',
    tags,
    summary: 'Take messages from a user again',
    description,
    params,
    response: done('The user is not blocked'),
  }
  const config = { limit, problems } as const
  app.delete('/blocks/:userId', { schema: unblock, config }, (request, reply) =>
    change('UnblockUser', request, reply),
  )
}
