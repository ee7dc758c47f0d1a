// Conditional requests, for every operation of the OpenAPI document that has an `ETag` or takes a condition: a
// reading is 304 or 412, and a change is 412 and leaves no event.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { password, served } from '../../../support/http/served.ts'

const { owner, arrive, send } = await served(t)
const [ada, bob, eve] = [await arrive('ada'), await arrive('bob'), await arrive('eve')]
const toBob = { to: bob.user.id, content: 'hello' }
const { data: message } = await ada.client.POST('/messages', { body: toBob })
await ada.client.PUT('/blocks/{userId}', { params: { path: { userId: eve.user.id } } })

interface Call {
  readonly path?: string
  readonly body?: object
  /** Its entity tag, which a change matches; undefined where the target of the request has none. */
  readonly tag?: string
}
const registration = { email: 'new@example.org', username: 'newcomer', password }
const ofMessage = { path: `/messages/${message?.id}`, tag: '"1"' }
const ofBlock = { path: `/blocks/${eve.user.id}` }

/** A valid request for each operation. Lists and other resources without a version have no tag. */
const calls: Readonly<Record<string, Call>> = {
  'GET /settings': { tag: (await send('/settings')).headers.get('etag') ?? '' },
  'GET /users/me': { tag: '"1"' },
  'GET /messages/{id}': ofMessage,
  'POST /users': { body: registration },
  'PUT /users/me/password': {
    body: { currentPassword: password, newPassword: 'other words entirely' },
    tag: '"1"',
  },
  'PUT /users/me/username': { body: { username: 'lovelace' }, tag: '"1"' },
  'POST /messages': { body: toBob },
  'PATCH /messages/{id}': { ...ofMessage, body: { content: 'edited' } },
  'DELETE /messages/{id}': ofMessage,
  'PUT /blocks/{userId}': ofBlock,
  'DELETE /blocks/{userId}': ofBlock,
}

interface Operation {
  readonly parameters?: readonly { name: string }[]
  readonly responses: Record<string, { headers?: object }>
}
const document = JSON.parse(
  await readFile(new URL('../../../../openapi/openapi.json', import.meta.url), 'utf8'),
)
const operations = Object.entries<Record<string, Operation>>(document.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      call: `${method.toUpperCase()} ${path}`,
      statuses: Object.keys(operation.responses),
      tagged: Object.values(operation.responses).some(({ headers = {} }) => 'ETag' in headers),
      declared: ['If-Match', 'If-None-Match'].filter((name) =>
        operation.parameters?.some((parameter) => parameter.name === name),
      ),
    })),
  )
  .filter(({ tagged, declared }) => tagged || declared.length > 0)

async function events(): Promise<number> {
  const { rows } = await owner.query('select count(*)::int as n from log.events')
  return rows[0].n
}

async function ask(call: string, headers: Record<string, string>) {
  const [method = '', template = ''] = call.split(' ')
  const { path = template, body } = calls[call] ?? {}
  const response = await send(path, {
    method,
    token: ada.token,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    text: await response.text(),
  }
}

t.test('This test covers every operation with an ETag or a condition', async (t) => {
  t.strictSame(operations.map(({ call }) => call).sort(), Object.keys(calls).sort())
})

for (const { call, statuses, declared } of operations) {
  const { tag } = calls[call] ?? {}
  t.test(`${call} evaluates If-Match and If-None-Match`, async (t) => {
    t.ok(statuses.includes('412'), 'the document lists 412')
    const isCreation = call.startsWith('POST')
    t.equal(declared.length, isCreation ? 0 : 2, 'what is created has no version yet')
    const before = await events()
    const others = ['"999"', 'W/"1"', ...(tag ? [] : ['"1"'])]
    for (const tags of others) {
      t.match(await ask(call, { 'if-match': tags }), { status: 412, etag: tag ?? null }, tags)
    }
    const found = ['*', ...(tag ? [tag, `"999", W/${tag}`] : [])]
    for (const tags of found) {
      const answer = await ask(call, { 'if-none-match': tags })
      const isReading = call.startsWith('GET')
      t.match(answer, { status: isReading ? 304 : 412, etag: tag ?? null }, tags)
      t.equal(answer.text === '', isReading, 'a 304 has no body')
    }
    t.equal((await ask(call, { 'if-match': 'no tag' })).status, 422)
    t.equal(await events(), before, 'nothing was recorded')
    if (!call.startsWith('GET')) return
    t.ok(statuses.includes('304'), 'the document lists 304')
    const holding = { 'if-match': tag ?? '', 'if-none-match': '"999"' }
    t.match(await ask(call, holding), { status: 200, etag: tag })
  })
}
