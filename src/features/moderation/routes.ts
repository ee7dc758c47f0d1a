/** `POST /messages/{id}/reports` over HTTP. Only the shapes of requests and responses are here. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { clientId } from '../../platform/http/conventions/client-ids.ts'
import {
  idempotencyHeaders,
  idempotencyKey,
} from '../../platform/http/conventions/idempotency-header.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { position } from '../../platform/http/replies.ts'
import { idParams } from '../../platform/http/strings.ts'
import { type ReportDeps, reportMessage } from './report-message.ts'
import { reportReason } from './schemas.ts'

const schema = {
  operationId: 'reportMessage',
  tags: ['messages'],
  summary: 'Report a message you received',
  description:
    'Operators read the report, and can suspend the sender. The sender does not learn of the report. You can ' +
    'report a message again when your earlier report was settled. Your export contains your reports and their outcome.',
  headers: idempotencyHeaders,
  params: idParams,
  body: z.strictObject({ reason: reportReason, clientId }),
  response: { 204: z.null().meta({ description: 'The report was recorded' }) },
}

const config = {
  limit: 'reporting',
  problems: ['not_found', 'already_reported', 'idempotency_key_reused', 'unknown_event'],
  headers: ['Epistle-Position'],
} as const

/** Adds `POST /messages/{id}/reports`. */
export function reportRoutes(app: App, deps: ReportDeps): void {
  app.post('/messages/:id/reports', { schema, config }, async (request, reply) => {
    const { reason, clientId } = request.body
    const { userId } = principalOf(request)
    const reported = await reportMessage(deps, {
      userId,
      messageId: request.params.id,
      reason,
      key: idempotencyKey(request, userId, 'reportMessage'),
      metadata: metadata(request, clientId),
    })
    position(reply, reported)
    reply.code(204)
    return null
  })
}
