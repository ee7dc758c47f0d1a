/**
 * `/conversations` over HTTP: conversations, unread counts, and marking messages as read. This file
 * defines the shapes of requests and responses; `queries.ts` and `mark-read.ts` do the work.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { clientId } from '../../platform/http/conventions/client-ids.ts'
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
import { metadata } from '../../platform/http/metadata.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { position } from '../../platform/http/replies.ts'
import { uuid } from '../../platform/http/strings.ts'
import { messageShape, toMessage } from '../messages/schemas.ts'
import { publicUserShape } from '../users/schemas.ts'
import { type ConversationDeps, readConversation } from './mark-read.ts'
import { type ConversationRow, findConversation, listConversations } from './queries.ts'

const countShape = z.int().min(0).max(2_147_483_647)

const conversationShape = z
  .strictObject({
    with: publicUserShape,
    lastMessage: messageShape,
    unread: countShape.meta({ description: 'Number of messages you have received and not read' }),
    blocked: z.boolean().meta({ description: 'True if you have blocked this user' }),
  })
  .meta({ id: 'Conversation' })

function toConversation(row: ConversationRow): z.input<typeof conversationShape> {
  const { withId: id, username, unread, blocked } = row
  return { with: { id, username }, lastMessage: toMessage(row), unread, blocked }
}

const params = z.strictObject({ userId: uuid })
const tags = ['conversations']

/** Everything below `/conversations`. */
export function conversationRoutes(app: App, deps: ConversationDeps): void {
  listRoute(app, deps)
  oneRoute(app, deps)
  readRoute(app, deps)
}

/** The conversation with the newest message first, by the position of the last message. */
const conversations: PagedList<string> = { kind: 'conversations', key: positionKey, order: 'desc' }

function listRoute(app: App, { pool }: ConversationDeps): void {
  const schema = {
    operationId: 'listConversations',
    tags,
    summary: 'List your conversations, the one with the newest message first',
    querystring: pageQuery(conversations, {}),
    response: {
      200: pageOf(conversationShape).extend({
        unreadTotal: countShape.meta({
          description: 'Unread messages in all conversations, not only on this page',
        }),
      }),
    },
  }
  // The unread messages of all conversations are counted.
  app.get('/conversations', { schema, config: { reads: 'much' } }, async (request) => {
    const page = pageRequest(conversations, request.query)
    const list = await listConversations(pool, principalOf(request).userId, page)
    const { rows, unreadTotal } = list
    return {
      ...toPage(conversations, page, rows, (row) => row.position, toConversation),
      unreadTotal,
    }
  })
}

function oneRoute(app: App, { pool }: ConversationDeps): void {
  const schema = {
    operationId: 'getConversation',
    tags,
    summary: 'Get your conversation with a user',
    params,
    response: { 200: conversationShape },
  }
  const config = { problems: ['not_found'], reads: 'page' } as const
  app.get('/conversations/:userId', { schema, config }, async (request) => {
    const { userId: withId } = request.params
    const found = await findConversation(pool, principalOf(request).userId, withId)
    if (!found) throw new Problem('not_found')
    return toConversation(found)
  })
}

function readRoute(app: App, deps: ConversationDeps): void {
  const schema = {
    operationId: 'readConversation',
    tags,
    summary: 'Mark messages as read, up to a given one',
    description:
      'Messages never become unread again: a message older than the last one you marked changes ' +
      'nothing. `Epistle-Position` is absent if nothing changed.',
    params,
    headers: idempotencyHeaders,
    body: z.strictObject({
      upTo: uuid.meta({ description: 'The last message you have read, sent by either of you' }),
      clientId,
    }),
    response: { 204: z.null().meta({ description: 'Everything up to this message is read' }) },
  }
  const config = {
    limit: 'sending',
    problems: ['not_found', 'version_conflict', 'idempotency_key_reused', 'unknown_event'],
    optionalHeaders: ['Epistle-Position'],
  } as const
  app.put('/conversations/:userId/read', { schema, config }, async (request, reply) => {
    const { userId } = principalOf(request)
    const { upTo, clientId } = request.body
    const read = await readConversation(deps, {
      userId,
      withId: request.params.userId,
      upTo,
      key: idempotencyKey(request, userId, 'readConversation'),
      metadata: metadata(request, clientId),
    })
    if (read) position(reply, read)
    reply.code(204)
    return null
  })
}
