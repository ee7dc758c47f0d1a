/**
 * `/messages` over HTTP: sending, reading one, listing them. Only shapes are here: what a request
 * may hold, and how an answer looks.
 */

import { z } from 'zod'
import type { EventStore } from '../event-store/store.ts'
import { principalOf } from '../http/authentication.ts'
import { metadata } from '../http/metadata.ts'
import {
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  positionKey,
  toPage,
} from '../http/pages.ts'
import { Problem } from '../http/problems.ts'
import { type App, position } from '../http/server.ts'
import { idParams, text, uuid } from '../http/text.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { sendMessage } from './commands.ts'
import { findMessage, listMessages, type MessageRow } from './queries.ts'

export interface MessagingDeps {
  readonly pool: Queryable
  readonly store: EventStore
}

const MAX_CONTENT_LENGTH = 10_000

const messageShape = z
  .strictObject({
    id: uuid,
    from: uuid,
    to: uuid,
    content: z.string(),
    sentAt: z.iso.datetime(),
  })
  .meta({ id: 'Message' })

function toMessage(row: Omit<MessageRow, 'position'>): z.input<typeof messageShape> {
  const { id, from, to, content, sentAt } = row
  return { id, from, to, content, sentAt: sentAt.toISOString() }
}

/** Everything below `/messages`. */
export function messagingRoutes(app: App, deps: MessagingDeps): void {
  sendRoute(app, deps)
  listRoute(app, deps)
  readRoute(app, deps)
}

function sendRoute(app: App, deps: MessagingDeps): void {
  const schema = {
    operationId: 'sendMessage',
    tags: ['messages'],
    summary: 'Send a message',
    body: z.strictObject({
      to: uuid.meta({ description: 'Whom it is for; the sender himself is allowed' }),
      content: text({ min: 1, max: MAX_CONTENT_LENGTH }).meta({ example: 'Hello, Grace!' }),
    }),
    response: { 201: messageShape },
  }
  const config = {
    problems: ['recipient_unknown'],
    headers: ['Location', 'Epistle-Position'],
  } as const
  app.post('/messages', { schema, config }, async (request, reply) => {
    const { to, content } = request.body
    const from = principalOf(request).userId
    const sent = await sendMessage(deps, { from, to, content, metadata: metadata(request) })
    position(reply, sent)
    reply.code(201).header('Location', `/messages/${sent.id}`)
    return toMessage({ id: sent.id, from, to, content, sentAt: sent.recordedAt })
  })
}

/** Newest first; a message's place is its position in the log. */
const mailbox: PagedList<string> = { kind: 'messages', key: positionKey, order: 'desc' }

function listRoute(app: App, { pool }: MessagingDeps): void {
  const schema = {
    operationId: 'listMessages',
    tags: ['messages'],
    summary: 'The own messages, newest first',
    querystring: pageQuery(mailbox, {
      box: z
        .enum(['inbox', 'sent'])
        .optional()
        .meta({ description: 'Received or sent ones only; both when absent' }),
      with: uuid.optional().meta({ description: 'Only messages exchanged with this user' }),
    }),
    response: { 200: pageOf(messageShape) },
  }
  app.get('/messages', { schema }, async (request) => {
    const { box, with: other } = request.query
    const page = pageRequest(mailbox, request.query)
    const filter = { userId: principalOf(request).userId, box, with: other }
    const rows = await listMessages(pool, filter, page)
    return toPage(mailbox, page, rows, (row) => row.position, toMessage)
  })
}

function readRoute(app: App, { pool }: MessagingDeps): void {
  const schema = {
    operationId: 'getMessage',
    tags: ['messages'],
    summary: 'One message, for its sender and its recipient',
    params: idParams,
    response: { 200: messageShape },
  }
  app.get('/messages/:id', { schema, config: { problems: ['not_found'] } }, async (request) => {
    const message = await findMessage(pool, request.params.id, principalOf(request).userId)
    if (!message) throw new Problem('not_found')
    return toMessage(message)
  })
}
