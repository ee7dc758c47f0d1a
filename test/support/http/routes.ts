// A server with the features' routes and without a port: requests are injected.
import { pino } from 'pino'
import { accountHistoryRoutes } from '../../../src/features/account-history/routes.ts'
import { blockRoutes } from '../../../src/features/blocks/routes.ts'
import { readReceived } from '../../../src/features/conversations/mark-read.ts'
import { conversationRoutes } from '../../../src/features/conversations/routes.ts'
import { messageRoutes } from '../../../src/features/messages/routes.ts'
import { logInRegistered } from '../../../src/features/sessions/log-in.ts'
import { sessionRoutes } from '../../../src/features/sessions/routes.ts'
import { renewPasswordHash } from '../../../src/features/users/renew-password-hash.ts'
import { userRoutes } from '../../../src/features/users/routes.ts'
import { claimNothing } from '../../../src/features/users/username-reservations.ts'
import { authenticate } from '../../../src/platform/http/authentication.ts'
import { createServer } from '../../../src/platform/http/server.ts'
import { reportPositions } from '../../../src/platform/http/snapshot-positions.ts'
import type { Finishing } from '../database.ts'
import { openDomain } from '../domain.ts'
import { inSessions } from './bare-app.ts'

/** The parts of a response that tests check. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with the expected value
  readonly body: any
}

/** The domain with its routes; `call` sends JSON with the caller's token. */
export async function openRoutes(t: Finishing) {
  const domain = await openDomain(t)
  const app = await createServer({ log: pino({ level: 'silent' }), corsOrigins: [] })
  reportPositions(app)
  authenticate(app, { find: domain.findSession, ...inSessions })
  userRoutes(app, {
    ...domain,
    claimUsername: claimNothing,
    logInRegistered: (user, login) => logInRegistered(domain, user, login),
  })
  sessionRoutes(app, {
    ...domain,
    renewPasswordHash: (verified) => renewPasswordHash(domain, verified),
  })
  messageRoutes(app, { ...domain, readReceived: (reading) => readReceived(domain, reading) })
  conversationRoutes(app, domain)
  blockRoutes(app, domain)
  accountHistoryRoutes(app, domain)
  await app.ready()
  t.teardown(() => app.close())

  async function call(
    request: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`,
    { token, body, headers }: { token?: string; body?: object; headers?: object } = {},
  ): Promise<Answer> {
    const [method, url] = request.split(' ') as ['GET', string]
    const answer = await app.inject({
      method,
      url,
      headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { payload: body }),
    })
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === '' ? undefined : answer.json(),
    }
  }

  /** Registers a user and logs in. */
  async function arrive(username: string) {
    const user = await domain.register(username)
    const { id: sessionId, token } = await domain.logIn(user.email)
    return { ...user, sessionId, token }
  }
  return { ...domain, call, arrive }
}
