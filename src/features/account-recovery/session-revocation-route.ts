/** `POST /session-revocations`: the owner of an account ends a session with the token of the notice about its login. */

import { z } from 'zod'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { App } from '../../platform/http/app.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { position } from '../../platform/http/replies.ts'
import type { Connectable } from '../../platform/postgres/prepared.ts'
import { profileFinder } from '../users/queries.ts'
import { mailedToken } from './redeeming-route.ts'
import { findSessionLink, useSessionLink } from './session-links.ts'

export interface SessionRevocationDeps {
  readonly pool: Connectable
  /** The sessions feature's command: ends a session unless it has ended; then undefined. */
  readonly endSession: (session: {
    readonly sessionId: string
    readonly userId: string
    readonly metadata: Metadata
  }) => Promise<Recorded | undefined>
}

interface Revocation {
  readonly token: string
  readonly resetPassword: boolean
  readonly metadata: Metadata
}

const schema = {
  operationId: 'revokeSession',
  tags: ['sessions'],
  summary: 'End a session with the token from the e-mail',
  description:
    'For a login that was not yours: ends the session that the e-mail is about, and no other one. The next login from ' +
    'that device causes an e-mail again. The token works once, for seven days, also if the session has ended already; ' +
    'then `Epistle-Position` is absent. With `resetPassword`, an e-mail with a link to choose a new password follows, ' +
    'as after `POST /password-resets`; its use ends all sessions.',
  body: z.strictObject({
    token: mailedToken,
    resetPassword: z
      .boolean()
      .optional()
      .meta({ description: 'True to get an e-mail with a link to choose a new password' }),
  }),
  response: { 204: z.null().meta({ description: 'The session has ended' }) },
}

const config = {
  open: true,
  limit: 'redeeming',
  problems: ['invalid_token', 'version_conflict', 'unknown_event'],
  optionalHeaders: ['Epistle-Position'],
} as const

/** Adds `POST /session-revocations`. */
export function sessionRevocationRoute(app: App, deps: SessionRevocationDeps): void {
  app.post('/session-revocations', { schema, config }, async (request, reply) => {
    const { token, resetPassword = false } = request.body
    const command = { token, resetPassword, metadata: metadata(request) }
    const ended = await revokeSession(deps, command)
    if (ended) position(reply, ended)
    reply.code(204)
    return null
  })
}

/**
 * Ends the session of a token, and then uses the token up: after a crash in between, the link still works. Of two uses
 * at the same time, one throws `invalid_token`.
 */
async function revokeSession(
  { pool, endSession }: SessionRevocationDeps,
  { token, resetPassword, metadata }: Revocation,
): Promise<Recorded | undefined> {
  const link = await findSessionLink(pool, token)
  if (!link) throw invalidToken()
  const { sessionId, userId } = link
  const ended = await endSession({ sessionId, userId, metadata: { ...metadata, actor: userId } })
  const user = resetPassword ? await profileFinder(pool)(userId) : undefined
  if (!(await useSessionLink(pool, link, user?.email))) throw invalidToken()
  return ended
}

function invalidToken(): RejectedError {
  return new RejectedError('invalid_token', 'the token is unknown, used or expired')
}
