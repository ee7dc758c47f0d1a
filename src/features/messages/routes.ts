/**
 * `/messages` over HTTP: sends messages. Reading them is in `read-routes.ts`, editing and deleting
 * in `edit-and-delete-routes.ts`. This file defines the shapes of requests and responses.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { clientId } from '../../platform/http/conventions/client-ids.ts'
import { etag } from '../../platform/http/conventions/etags.ts'
import {
  idempotencyHeaders,
  idempotencyKey,
} from '../../platform/http/conventions/idempotency-header.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { issueOf } from '../../platform/http/problems/field-faults.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { refusalErrors } from '../../platform/http/problems/refused-fields.ts'
import { position } from '../../platform/http/replies.ts'
import { uuid } from '../../platform/http/strings.ts'
import { editAndDeleteRoutes } from './edit-and-delete-routes.ts'
import { findPositions } from './queries.ts'
import { readRoutes } from './read-routes.ts'
import {
  batchBodyLimit,
  messageBodyLimit,
  messageContent,
  messageRules,
  messageShape,
  toMessage,
} from './schemas.ts'
import { type MessageDeps, type Outgoing, sendMessages } from './send.ts'

/** Everything below `/messages`. */
export function messageRoutes(app: App, deps: MessageDeps): void {
  sendRoute(app, deps)
  batchRoute(app, deps)
  readRoutes(app, deps)
  editAndDeleteRoutes(app, deps)
}

const outgoing = z.strictObject({
  to: uuid.meta({ description: "Recipient's user id (may be your own)" }),
  content: messageContent,
  markRead: z.boolean().optional().meta({
    description:
      'Sending marks everything that you have received from the recipient so far as read; `false` turns this off',
  }),
  clientId,
})

const sendingProblems = [
  'recipient_unknown',
  'gone',
  'blocked',
  'idempotency_key_reused',
  'unknown_event',
] as const

function sendRoute(app: App, deps: MessageDeps): void {
  const schema = {
    operationId: 'sendMessage',
    tags: ['messages'],
    summary: 'Send a message',
    headers: idempotencyHeaders,
    body: outgoing,
    response: { 201: messageShape },
  }
  const config = {
    limit: 'sending',
    problems: sendingProblems,
    headers: ['Location', 'ETag', 'Epistle-Position'],
  } as const
  app.post('/messages', { schema, config, bodyLimit: messageBodyLimit }, async (request, reply) => {
    const [message] = await send(deps, request, reply, [request.body], 'sendMessage')
    reply.header('Location', `/messages/${message?.id}`).header('ETag', etag(1))
    return message
  })
}

function batchRoute(app: App, deps: MessageDeps): void {
  const schema = {
    operationId: 'sendMessages',
    tags: ['messages'],
    summary: 'Send several messages, all or none',
    description:
      'If one message is rejected, none is sent, and `errors` points at the first rejected one.',
    headers: idempotencyHeaders,
    body: z.strictObject({
      messages: z.preprocess(limitBatch, z.array(outgoing).min(1).max(messageRules.maxBatchLength)),
    }),
    response: {
      201: z.strictObject({ items: z.array(messageShape) }).meta({ id: 'SentMessages' }),
    },
  }
  const config = {
    limit: { name: 'sending', cost: ({ messages }: { messages: Outgoing[] }) => messages.length },
    problems: sendingProblems,
    headers: ['Epistle-Position'],
  } as const
  app.post(
    '/messages/batch',
    { schema, config, bodyLimit: batchBodyLimit },
    async (request, reply) => {
      const { messages } = request.body
      const items = await send(deps, request, reply, messages, 'sendMessages').catch(
        (error: unknown) => {
          throw error instanceof RejectedError ? withPointer(error) : error
        },
      )
      return { items }
    },
  )
}

/** Checks the length first: a mebibyte of invalid messages would return as many validation errors. */
function limitBatch(messages: unknown, context: z.RefinementCtx): unknown {
  if (!Array.isArray(messages) || messages.length <= messageRules.maxBatchLength) return messages
  const max = messageRules.maxBatchLength
  const message = `expected at most ${max} messages`
  context.addIssue(issueOf({ code: 'too_long', params: { max }, message }))
  return z.NEVER
}

async function send(
  deps: MessageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  messages: readonly Outgoing[],
  operation: string,
) {
  const from = principalOf(request).userId
  const key = idempotencyKey(request, from, operation)
  const sent = await sendMessages(deps, { from, messages, key, metadata: metadata(request) })
  position(reply, sent)
  reply.code(201)
  // Other positions can lie between those of a batch, so they are looked up.
  const positions =
    sent.ids.length === 1 ? [sent.position] : await findPositions(deps.pool, sent.ids)
  const unchanged = {
    editedAt: null,
    deletedAt: null,
    readAt: null,
    sentAt: sent.recordedAt.toISOString(),
    version: 1,
  }
  return messages.map(({ to, content }, n) => {
    const place = { id: sent.ids[n] as string, position: positions[n] as string }
    return toMessage({ ...place, from, to, content, ...unchanged }, sent.clientIds[n])
  })
}

/** Turns the rejection of one message into a problem that points at this message. */
function withPointer(error: RejectedError): unknown {
  const { code, decision } = error
  if (decision === undefined) return error
  if (!(code === 'recipient_unknown' || code === 'gone' || code === 'blocked')) return error
  const [refused] = refusalErrors({ code }, { to: '' })
  if (!refused) return error
  const pointer = `/messages/${decision}${refused.pointer}`
  return new Problem(code, { errors: [{ ...refused, pointer }], cause: error })
}
