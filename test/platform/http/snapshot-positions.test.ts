// `Epistle-Position`: of commands, and of every GET of the OpenAPI document that needs a session.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { requirePositions } from '../../../src/platform/http/required-positions.ts'
import { BehindError } from '../../../src/platform/postgres/snapshot.ts'
import { bareApp } from '../../support/http/bare-app.ts'
import { served } from '../../support/http/served.ts'

const { arrive, send, owner } = await served(t)

/** A stream has no single snapshot. */
const withoutPosition = ['/stream']

interface Document {
  readonly paths: Record<string, { readonly get?: { readonly security?: readonly object[] } }>
}
const document: Document = JSON.parse(
  await readFile(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'),
)

t.test(
  'Each command returns its log position, and each query one that is no earlier',
  async (t) => {
    const kurt = await arrive('kurt')
    const positions: bigint[] = []
    for (const content of ['one', 'two', 'three']) {
      const { response } = await kurt.client.POST('/messages', {
        body: { to: kurt.user.id, content },
      })
      positions.push(BigInt(response.headers.get('epistle-position') ?? '0'))
    }
    t.ok(positions.every((position, index) => position > (positions[index - 1] ?? 0n)))
    const last = positions.at(-1) ?? 0n
    const { id, username } = kurt.user
    const message = (await kurt.client.GET('/messages')).data?.items[0]?.id
    const examples: Record<string, string> = {
      '/users': `/users?username=${username}`,
      '/users/{id}': `/users/${id}`,
      '/messages/{id}': `/messages/${message}`,
      '/conversations/{userId}': `/conversations/${id}`,
    }
    const queries = Object.entries(document.paths).flatMap(([path, { get }]) =>
      get && get.security?.length !== 0 && !withoutPosition.includes(path) ? [path] : [],
    )
    t.ok(queries.length > 9, queries.join(' '))
    for (const path of [...queries, '/users/me?at=2026-11-01T00:00:00Z', `/blocks?limit=1`]) {
      const answer = await send(examples[path] ?? path, { token: kurt.token })
      t.ok(BigInt(answer.headers.get('epistle-position') ?? 0) >= last, path)
    }
  },
)

t.test('A response is unavailable if the database server changes at each attempt', async (t) => {
  let attempts = 0
  const pool = { query: owner.query.bind(owner), connect: async () => owner } as never
  const session = { userId: 'u', sessionId: 's', expiresAt: new Date(Date.now() + 60_000) }
  const { app } = await bareApp(
    t,
    (app) => {
      requirePositions(app, { pool, standbys: undefined, waitMs: 0 })
      app.get('/read', async () => {
        attempts += 1
        throw new BehindError(1n, 0n)
      })
    },
    { findSession: async () => session },
  )
  const headers = { authorization: `Bearer ${'A'.repeat(43)}` }
  const { statusCode, headers: sent, body } = await app.inject({ url: '/read', headers })
  t.equal(statusCode, 503)
  t.ok(sent['retry-after'])
  t.match(JSON.parse(body), { code: 'unavailable', detail: /changed while/ })
  t.equal(attempts, 2)
})
