// What the document of the admin port lists for an operation is what the operation can send: for each kind of problem that
// follows from the kind of a request, each operation gets such a request.
import { createHash } from 'node:crypto'
import t from 'tap'
import { buildAdmin } from '../../src/admin/admin.ts'
import { adminApiRoutes } from '../../src/admin/api.ts'
import { loadConfig } from '../../src/config.ts'
import type { App } from '../../src/platform/http/app.ts'
import { createLog } from '../../src/platform/http/logging.ts'
import { httpProblems } from '../../src/platform/http/problems/http-problems.ts'
import { Sockets } from '../../src/platform/postgres/sockets.ts'
import { feedReader } from '../../src/published-events.ts'
import { idOf } from '../support/ids.ts'

const token = 'a token of operators and of another system'
const tokenHash = createHash('sha256').update(token).digest('hex')

/** The admin port of a server whose database cannot be reached, with the operations of the owner. */
async function build(options: { tokenHash: string | undefined; mayRead: boolean }): Promise<App> {
  const unreachable = async () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  }
  const pool = { query: unreachable, connect: unreachable } as never
  const mayRead = () => options.mayRead
  const app = await buildAdmin({
    ...{ pool, mayRead, readTables: [], isStopping: () => false, tokenHash: options.tokenHash },
    log: createLog('silent'),
    metrics: { contentType: 'text/plain', read: async () => '', close: () => undefined },
    addRoutes: (app) =>
      adminApiRoutes(app, {
        ...{ config: loadConfig({}), pool, openReplay: unreachable },
        ownerUrl: 'postgres://127.0.0.1:1/none',
        sockets: new Sockets(),
        feed: {
          tokens: [{ name: 'a system', personal: false, tokenHash }],
          ...{ pool, mayRead, reader: feedReader, notifications: unreachable as never },
        },
        process: {
          name: 'test',
          appends: { read: () => ({}) as never, close: () => undefined },
        },
        whyNotReady: async () => null,
      }),
  })
  t.teardown(() => app.close())
  return app
}

const app = await build({ tokenHash, mayRead: true })
const withoutLeases = await build({ tokenHash, mayRead: false })
const withoutToken = await build({ tokenHash: undefined, mayRead: true })

interface Operation {
  readonly operationId: string
  readonly responses: Record<string, { $ref?: string; content?: Record<string, Content> }>
}

interface Content {
  readonly examples?: Record<string, object>
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>
}

const document = app.swagger() as unknown as Document

/** The problem codes that an operation lists. */
function codesOf({ responses }: Operation): string[] {
  return Object.values(responses).flatMap(({ $ref, content }) =>
    $ref
      ? [`${$ref.split('/').at(-1)}`]
      : Object.keys(content?.['application/problem+json']?.examples ?? {}),
  )
}

const tables = { tables: ['users_2'] }
/** Bodies that are valid. */
const bodies: Record<string, object> = {
  retryTasks: { all: true },
  dropTasks: { all: true },
  suspendUser: { reason: 'spam' },
  settleReport: { outcome: 'upheld' },
  ...{
    startVerification: tables,
    startRebuild: tables,
    startDemotion: tables,
    startRetirement: tables,
  },
  startErasure: { userId: idOf(1), reason: 'a request' },
}

/** Queries that are required. */
const queries: Record<string, string> = {
  findPeople: 'search=ada',
  getStatistics: 'from=2026-11-01&to=2026-11-02',
  compareRows: 'at=1',
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase() as 'GET' | 'POST',
    url: `${path
      .replace('/jobs/{id}', '/jobs/1')
      .replace('{id}', idOf(1))
      .replace('{name}', 'users_2')
      .replace('{code}', 'not_found')}?${queries[operation.operationId] ?? ''}`,
    body: bodies[operation.operationId],
    codes: codesOf(operation),
  })),
)

/** A request that is valid, but for `headers`, `query` and `body`. */
async function send(
  to: App,
  { method, url, body }: (typeof operations)[number],
  { headers = {}, query = '', payload = body && JSON.stringify(body) }: Change = {},
): Promise<{ status: number; code: string | undefined }> {
  const { statusCode, body: text } = await to.inject({
    method,
    url: url + query,
    headers: {
      authorization: `Bearer ${token}`,
      'epistle-actor': 'Ada',
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { payload }),
  })
  return { status: statusCode, code: /"code":"(\w+)"/.exec(text)?.[1] }
}

interface Change {
  readonly headers?: Record<string, string>
  readonly query?: string
  readonly payload?: string | undefined
}

/** Kinds of requests, each with the problem that it leads to where an operation has that problem. */
const kinds: readonly (Change & { title: string; code: string; to?: App })[] = [
  { title: 'without a token', code: 'unauthenticated', headers: { authorization: '' } },
  {
    title: 'from a page of another site',
    code: 'cross_site_request',
    headers: { 'sec-fetch-site': 'cross-site' },
  },
  {
    title: 'for a foreign host name, to a port without a token',
    ...{ code: 'not_found', to: withoutToken, headers: { host: 'evil.example' } },
  },
  { title: 'while the database is unreachable', code: 'unavailable' },
  { title: 'to a server without leases', code: 'unavailable', to: withoutLeases },
  { title: 'with an unknown parameter', code: 'validation_failed', query: '&nope=1' },
  {
    title: 'on the condition that nothing exists',
    ...{ code: 'version_mismatch', headers: { 'if-none-match': '*' } },
  },
]

for (const { title, code, to = app, ...change } of kinds) {
  t.test(`A request ${title} gets \`${code}\` from the operations that list it`, async (t) => {
    for (const operation of operations) {
      const answer = await send(to, operation, change)
      const isExpected = operation.codes.includes(code)
      t.equal(answer.code === code, isExpected, `${operation.name}: ${JSON.stringify(answer)}`)
    }
  })
}

const payloads = [
  { title: 'that is not JSON', code: 'malformed_json', payload: '{' },
  { title: 'of 2 MiB', code: 'too_large', payload: `"${'a'.repeat(2 ** 21)}"` },
  {
    title: 'in another form',
    code: 'unsupported_media_type',
    ...{ payload: 'a=b', headers: { 'content-type': 'text/csv' } },
  },
]
for (const { title, code, ...change } of payloads) {
  t.test(`A body ${title} gets \`${code}\` from the operations that list it`, async (t) => {
    for (const operation of operations.filter(({ method }) => method !== 'GET')) {
      const answer = await send(app, operation, change)
      const isExpected = operation.codes.includes(code)
      t.equal(answer.code === code, isExpected, `${operation.name}: ${JSON.stringify(answer)}`)
    }
  })
}

t.test('`/problems` lists the codes that the port can send, and explains no others', async (t) => {
  const { body } = await app.inject('/problems')
  const listed = body
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0])
  const sent = new Set([...operations.flatMap(({ codes }) => codes), ...Object.keys(httpProblems)])
  t.strictSame(new Set(listed), sent)
  t.notOk(listed.includes('email_taken'))
  t.equal((await app.inject('/problems/email_taken')).statusCode, 404)
  t.equal((await app.inject('/problems/request_timeout')).statusCode, 200)
})
