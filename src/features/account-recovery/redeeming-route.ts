/**
 * The routes that redeem the token of a mail and need nothing else from the client. They differ in their command and in
 * their texts; what they accept, limit and respond is the same. `routes.ts` and `session-revocation-route.ts` have those
 * that need more, and use the token alone.
 */

import type { FastifyBaseLogger } from 'fastify'
import { z } from 'zod'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { App } from '../../platform/http/app.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import { text } from '../../platform/http/strings.ts'

/** The token of a mail, in the body of a request. The bound keeps the look-up cheap: our tokens have 43 characters. */
export const mailedToken = text({ min: 1, max: 256 }).meta({
  description: 'The token at the end of the link in the e-mail',
})

/** What the descriptions say about an address that the user gave up. */
export const addressTaken =
  'If another user has registered the address since and not verified it, that user loses it. If they have verified ' +
  'it, the response is 409 `email_taken`, and the token stays valid: the reader of its e-mails can give that account ' +
  'another address first.'

interface RedeemingRoute {
  readonly operationId: string
  readonly tag: 'email' | 'users'
  readonly summary: string
  readonly description: string
  /** The description of the response 204. */
  readonly done: string
  readonly redeem: (
    request: { readonly token: string; readonly metadata: Metadata },
    from: { readonly client: string; readonly log: FastifyBaseLogger },
  ) => Promise<Recorded>
}

/** Adds a route whose command gives an account an address, and therefore can find it taken. */
export function redeemingRoute(
  app: App,
  path: string,
  { operationId, tag, summary, description, done, redeem }: RedeemingRoute,
): void {
  const schema = {
    ...{ operationId, tags: [tag], summary, description },
    body: z.strictObject({ token: mailedToken }),
    response: { 204: z.null().meta({ description: done }) },
  }
  const config = {
    open: true,
    limit: 'redeeming',
    problems: ['invalid_token', 'email_taken', 'version_conflict', 'unknown_event'],
    headers: ['Epistle-Position'],
  } as const
  app.post(path, { schema, config }, async (request, reply) => {
    const command = { ...request.body, metadata: metadata(request) }
    position(reply, await redeem(command, { client: clientOf(request), log: request.log }))
    reply.code(204)
    return null
  })
}
