/**
 * `PATCH` and `DELETE /messages/{id}`: what the sender may do with a sent message. This file defines the
 * shapes of requests and responses; `edit-and-delete.ts` does the work.
 */

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { clientId, clientIdQuery } from '../../platform/http/conventions/client-ids.ts'
import {
  type ConditionHeaders,
  conditionHeaders,
  precondition,
} from '../../platform/http/conventions/etags.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { position } from '../../platform/http/replies.ts'
import { idParams } from '../../platform/http/strings.ts'
import { type Change, deleteMessage, editMessage } from './edit-and-delete.ts'
import { findMessage } from './queries.ts'
import { messageBodyLimit, messageContent, messageShape, messageTag, toMessage } from './schemas.ts'
import type { MessageDeps } from './send.ts'

/** Adds the routes by which a sender edits or deletes a message. */
export function editAndDeleteRoutes(app: App, deps: MessageDeps): void {
  editRoute(app, deps)
  deleteRoute(app, deps)
}

const changeProblems = [
  'not_found',
  'version_conflict',
  'version_mismatch',
  'unknown_event',
] as const
const absentIfUnchanged = '`Epistle-Position` is absent if nothing changed.'

function editRoute(app: App, deps: MessageDeps): void {
  const schema = {
    operationId: 'editMessage',
    tags: ['messages'],
    summary: 'Edit a message you sent',
    description: `Both people see the new content and the time of the edit. Rejected with \`blocked\` if the recipient has blocked you since. ${absentIfUnchanged}`,
    headers: conditionHeaders,
    params: idParams,
    body: z.strictObject({ content: messageContent, clientId }),
    response: { 200: messageShape },
  }
  const config = {
    limit: 'sending',
    problems: [...changeProblems, 'blocked'],
    headers: ['ETag'],
    optionalHeaders: ['Epistle-Position'],
  } as const
  app.patch(
    '/messages/:id',
    { schema, config, bodyLimit: messageBodyLimit },
    async (request, reply) => {
      const { content, clientId } = request.body
      const edited = await editMessage(deps, { ...changeOf(request, clientId), content })
      if (edited) position(reply, edited)
      const message = await findMessage(deps.pool, request.params.id, principalOf(request).userId)
      if (!message) throw new Problem('not_found')
      reply.header('ETag', messageTag(message))
      return toMessage(message, clientId)
    },
  )
}

function deleteRoute(app: App, deps: MessageDeps): void {
  const schema = {
    operationId: 'deleteMessage',
    tags: ['messages'],
    summary: 'Delete a message you sent, for both people',
    description: `The message stays in lists as a tombstone, with \`deletedAt\` and without content. ${absentIfUnchanged}`,
    headers: conditionHeaders,
    params: idParams,
    querystring: clientIdQuery,
    response: { 204: z.null().meta({ description: 'The message is deleted' }) },
  }
  const config = { problems: changeProblems, optionalHeaders: ['Epistle-Position'] } as const
  app.delete('/messages/:id', { schema, config }, async (request, reply) => {
    const deleted = await deleteMessage(deps, changeOf(request, request.query.clientId))
    if (deleted) position(reply, deleted)
    reply.code(204)
    return null
  })
}

function changeOf(
  request: FastifyRequest<{ Params: { id: string }; Headers: ConditionHeaders }>,
  clientId: string | undefined,
): Change {
  return {
    messageId: request.params.id,
    by: principalOf(request).userId,
    precondition: precondition(request),
    metadata: metadata(request, clientId),
  }
}
