/**
 * Deleting an account over HTTP: `/users/me/deletion` deletes it, and `/account-restorations` redeems the token of the
 * mail that restores it.
 */

import { z } from 'zod'
import type { Appended } from '../../platform/event-store/event-store.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import { passwordCandidate } from '../users/schemas.ts'
import { type RedeemEmailDeps, restoreUserByToken } from './redeem-email-token.ts'
import type { TokenOwner } from './redeem-token.ts'
import { addressTaken, redeemingRoute } from './redeeming-route.ts'

export interface DeletionDeps extends Pick<RedeemEmailDeps, 'pool' | 'restoreUser'> {
  /** The users feature's command; returns undefined if the user has left already. */
  readonly leave: (leaving: {
    readonly userId: string
    readonly currentPassword: string
    readonly client: string
    readonly gone: AbortSignal
    readonly metadata: TokenOwner['metadata']
  }) => Promise<Appended | undefined>
}

/** Everything about deleting an account. */
export function deletionRoutes(app: App, deps: DeletionDeps): void {
  deletionRoute(app, deps)
  restorationRoute(app, deps)
}

function deletionRoute(app: App, { leave }: DeletionDeps): void {
  const schema = {
    operationId: 'deleteAccount',
    tags: ['users'],
    summary: 'Delete your account',
    description:
      'Ends all your sessions, so a retry gets 401 `unauthenticated`. You can no longer log in, and you get no ' +
      'messages; what other users received from you stays, from a user whose `username` is null. Your address is ' +
      'free at once, your username after 30 days. Then the service erases your data.\n\nUntil then, a link in an ' +
      'e-mail restores the account.',
    body: z.strictObject({ currentPassword: passwordCandidate }),
    response: { 204: z.null().meta({ description: 'The account was deleted' }) },
  }
  const config = {
    problems: [
      'not_found',
      'wrong_password',
      'too_many_requests',
      'password_reset_required',
      'version_conflict',
      'unknown_event',
    ],
    optionalHeaders: ['Epistle-Position'],
  } as const
  app.post('/users/me/deletion', { schema, config }, async (request, reply) => {
    const left = await leave({
      userId: principalOf(request).userId,
      ...request.body,
      client: clientOf(request),
      gone: goneSignal(reply),
      metadata: metadata(request),
    })
    if (left) position(reply, left)
    reply.code(204)
    return null
  })
}

function restorationRoute(app: App, deps: DeletionDeps): void {
  redeemingRoute(app, '/account-restorations', {
    operationId: 'restoreAccount',
    tag: 'users',
    summary: 'Restore your account with the token from the e-mail',
    description:
      'For 30 days after the deletion. The account is as it was, with its address, username and password, and no ' +
      `session.\n\n${addressTaken}`,
    done: 'The account is back',
    redeem: (request) => restoreUserByToken(deps, request),
  })
}
