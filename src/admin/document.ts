/** What the OpenAPI document of the admin port states about its API as a whole. */

import type { FastifyContextConfig } from 'fastify'
import type { About } from '../platform/http/openapi/about.ts'
import type { ProblemCode } from '../platform/http/problems/catalogue.ts'
import { healthChecks } from './access.ts'

const description = `Operate a service and look at what it records. This is the API of the admin port, which is apart from
the public one.

Send \`Authorization: Bearer <token>\` with the token of \`ADMIN_TOKEN_SHA256\`. A port without a token listens on a
loopback address, and the URL must contain an IP address or \`localhost\`; otherwise the response is 404. A request with
a header that proxies add, such as \`X-Forwarded-For\`, also gets 404 there: behind a proxy, the port needs a token.
Requests from pages of other sites are rejected.

**Actors.** \`Epistle-Actor\` names the operator. It is required wherever a request changes something, shows
personal data or searches for an e-mail address. \`GET /audit\` lists these acts, and those of the command line. An act
on a user or a report is also recorded as an event, with the same name.

**Secrets.** No response contains a password, a token or a hash of one, and no operation accepts a password.

**Personal data.** Personal values of events, streams, rows, accounts and reports are \`null\`, and \`masked\` names
them. To see the values, send \`personal=shown\`. Accounts and reports show usernames, and reports the notes of
operators, without it.

**The owner's operations.** To verify, rebuild, demote or retire tables, and to erase users, the port needs the rights
of the database's owner. These operations exist only where \`ADMIN_DATABASE_URL\` is set.

Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`, as on the public port. Times are RFC 3339
in UTC. Positions are decimal strings. If a list has \`nextCursor\`, send it as \`before\` (or \`after\`, if you used
that) to get the next page.`

/** All but the version. */
export const adminApi: Omit<About, 'version'> = {
  title: 'Epistle: admin port',
  description,
  tags: [
    {
      name: 'status',
      description: 'What runs, what waits, the next step of an upgrade, and what operators did',
    },
    { name: 'log', description: 'Events, streams and the matrix' },
    { name: 'tables', description: 'Read tables and their rows' },
    { name: 'jobs', description: 'Verify, rebuild, demote and retire tables, and erase users' },
    { name: 'tasks', description: 'Background tasks' },
    { name: 'people', description: 'Users and reports' },
    { name: 'feed', description: 'Events for other systems' },
    {
      name: 'service',
      description: 'Health checks, metrics, statistics and explanations of problems',
    },
  ],
  securitySchemes: {
    token: {
      type: 'http',
      scheme: 'bearer',
      description: 'The token of `ADMIN_TOKEN_SHA256`, if it is set',
    },
    consumer: { type: 'http', scheme: 'bearer', description: 'A token of `FEED_TOKENS`' },
  },
  schemesOf: ({ withoutToken, ownTokens }) => {
    if (withoutToken) return []
    return ownTokens ? ['consumer'] : ['token']
  },
  problemsOf: ({ url, method, config = {} }) => [
    ...accessProblems(url, config),
    ...(config.open && method === 'GET' ? [] : (['unavailable'] as const)),
  ],
}

/** What `restrictAccess` throws. A port without a token answers `not_found` to foreign host names and to proxies. */
function accessProblems(url: string, config: FastifyContextConfig): readonly ProblemCode[] {
  if (healthChecks.has(url)) return []
  if (config.ownTokens) return ['unauthenticated']
  if (config.withoutToken) return ['not_found']
  return ['unauthenticated', 'cross_site_request', 'not_found']
}
