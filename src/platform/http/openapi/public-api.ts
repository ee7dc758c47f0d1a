/** What the OpenAPI document of the public port states about its API: how to log in, and what all operations share. */

import { sessionCookie } from '../session-cookie.ts'
import type { About } from './about.ts'

const description = `User registration and messaging.

Most operations need a session: log in with \`POST /sessions\` and send its token as
\`Authorization: Bearer <token>\`. Pages of the same site can log in with \`"cookie": true\` and let the
browser send a cookie instead. Registration, login, password reset, e-mail verification, operations with
a token from an e-mail, and the service operations need none.

Every error is \`application/problem+json\` (RFC 9457). Its \`code\` is stable, and
\`/problems/<code>\` explains it. Times are RFC 3339 in UTC. Ids are UUIDs.

A list is \`{items, nextCursor?}\`. If \`nextCursor\` is present, pass it as \`before\` (or \`after\`,
if you used that) to get the next page.`

const tags = [
  {
    name: 'users',
    description:
      'Registration, profile, password, username, history, export and deletion of an account',
  },
  { name: 'email', description: 'E-mail verification, password reset and changes of address' },
  { name: 'sessions', description: 'Login, logout and active sessions' },
  { name: 'messages', description: 'Send, read, edit, delete and report messages' },
  { name: 'conversations', description: 'Conversations and unread counts' },
  { name: 'blocks', description: 'Blocked users' },
  { name: 'stream', description: 'Live updates as server-sent events' },
  {
    name: 'service',
    description: 'Start page, health checks, settings and explanations of problems',
  },
]

/** All but the version. */
export const publicApi: Omit<About, 'version'> = {
  title: 'Epistle',
  description,
  tags,
  securitySchemes: {
    session: {
      type: 'http',
      scheme: 'bearer',
      description: 'The token from `POST /sessions`',
    },
    sessionCookie: {
      type: 'apiKey',
      in: 'cookie',
      name: sessionCookie,
      description:
        'The cookie from `POST /sessions` with `"cookie": true`. Each request needs ' +
        "`Sec-Fetch-Site: same-origin`, or an `Origin` that is the server's or in `CORS_ORIGINS`. GET " +
        'and HEAD without `Origin` also work if `Sec-Fetch-Site` is absent or `none`.',
    },
  },
  schemesOf: ({ open }) => (open ? [] : ['session', 'sessionCookie']),
  problemsOf: ({ method, config }) => [
    ...(config?.open ? [] : credentialProblems),
    ...(method === 'GET' ? [] : commandProblems),
  ],
}

/** The session is in the database. */
const credentialProblems = [
  'unauthenticated',
  'ambiguous_credentials',
  'cross_site_request',
  'unavailable',
] as const

const commandProblems = ['conflict', 'overloaded', 'unavailable'] as const
