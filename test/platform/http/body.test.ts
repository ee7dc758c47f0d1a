import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { z } from 'zod'
import { bodyLimit } from '../../../src/platform/http/body.ts'
import { text } from '../../../src/platform/http/strings.ts'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { exchange, readUntil } from '../../support/http/raw.ts'

/** The limit of one route, larger than that of the others. */
const largeLimit = 1024 * 1024

const { app } = await bareApp(t, (app) => {
  const body = z.strictObject({ word: text() })
  app.post('/words', { schema: { body }, config: { open: true } }, async ({ body }) => body)
  app.post(
    '/books',
    { schema: { body }, config: { open: true }, bodyLimit: largeLimit },
    async () => ({}),
  )
  app.post('/own', { schema: { body } }, async () => 'never')
  app.delete('/words', { config: { open: true } }, async (_request, reply) => {
    reply.code(204)
  })
})
const port = await listen(app)
const base = `http://127.0.0.1:${port}`
const json = { 'content-type': 'application/json' }

const post = (payload: string | Buffer, headers: Record<string, string> = json) =>
  app.inject({ method: 'POST', url: '/words', payload, headers })
const codeOf = async (answer: ReturnType<typeof post>) => (await answer).json().code

t.test('A JSON body is read as UTF-8, whatever the parameters of its type are', async (t) => {
  const parameters = [
    ...['', '; charset=UTF-8', ';charset=utf8', '; charset=us-ascii', '; charset=latin1'],
    ...['; charset="utf-8"', '; CHARSET="UTF-8"', '; charset="utf\\-8"', '; charset=', '; charset'],
    ...[';', ' ;; charset=utf-8 ;', ';v="1;2"', '; profile="https://x.example/a,b"'],
  ]
  for (const each of parameters) {
    for (const type of ['application/json', 'Application/JSON']) {
      const answer = await post('{"word": "größer 👋"}', { 'content-type': type + each })
      t.same(answer.json(), { word: 'größer 👋' }, type + each)
    }
  }
  const latin1 = Buffer.from('{"word":"größer"}', 'latin1')
  const headers = { 'content-type': 'application/json; charset=latin1' }
  t.equal(await codeOf(post(latin1, headers)), 'malformed_json', 'but never as another charset')
})

t.test('A Content-Encoding that changes nothing is accepted', async (t) => {
  for (const coding of ['', ' ', 'identity', 'Identity', 'identity, identity', ',', ', identity']) {
    const answer = await post('{"word":"a"}', { ...json, 'content-encoding': coding })
    t.same(answer.json(), { word: 'a' }, coding)
  }
})

t.test('A body that is empty or not JSON in UTF-8 is malformed_json', async (t) => {
  const notUtf8 = Buffer.concat([Buffer.from('{"word":"'), Buffer.from([0xff]), Buffer.from('"}')])
  for (const body of ['{', '', ' ', '{"word":"a"}x', "{'word':1}", notUtf8, '\ufeff\ufeff{}']) {
    t.equal(await codeOf(post(body)), 'malformed_json', String(body))
  }
  const nothing = await app.inject({ method: 'POST', url: '/words' })
  t.match(nothing.json(), {
    code: 'malformed_json',
    detail: 'The body is empty. Send a JSON object.',
  })
})

t.test('JSON of the wrong shape is validation_failed, not malformed_json', async (t) => {
  for (const body of [
    'null',
    '[]',
    '"x"',
    '{}',
    '{"word":1}',
    `${'['.repeat(9)}${']'.repeat(9)}`,
  ]) {
    t.equal(await codeOf(post(body)), 'validation_failed', body)
  }
})

t.test('A body with the deepest possible nesting is validation_failed', async (t) => {
  const depth = largeLimit / 2 - 10
  const payload = `{"word":${'['.repeat(depth)}${']'.repeat(depth)}}`
  const answer = app.inject({ method: 'POST', url: '/books', payload, headers: json })
  t.equal(await codeOf(answer), 'validation_failed')
})

t.test('A body of another type or encoding is unsupported_media_type', async (t) => {
  const others = [
    ...['text/plain', 'application/x-www-form-urlencoded', 'application/json5', 'text/json'],
    ...['application/problem+json', 'nonsense', '', ';', 'application/json, text/plain', '*/*'],
  ]
  for (const type of others) {
    const answer = await post('{"word":"a"}', { 'content-type': type })
    t.match(answer.json(), { code: 'unsupported_media_type', detail: /application\/json/ }, type)
    t.match(answer.headers, { accept: 'application/json', 'accept-post': 'application/json' })
    t.notOk(answer.headers['accept-encoding'], 'the coding is not the reason')
  }
  for (const coding of ['gzip', 'identity, br', 'x']) {
    const answer = await post('{"word":"a"}', { ...json, 'content-encoding': coding })
    t.match(answer.json(), { code: 'unsupported_media_type', detail: /compression/ }, coding)
    t.equal(answer.headers['accept-encoding'], 'identity')
  }
  const untyped = await exchange(
    port,
    'POST /words HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
  )
  t.match(untyped, '415')
})

t.test('A body of exactly the limit is read, and one byte more is too_large', async (t) => {
  const padded = (size: number) => `{"word":"${'x'.repeat(size - '{"word":""}'.length)}"}`
  for (const [url, limit] of [
    ['/words', bodyLimit],
    ['/books', largeLimit],
  ] as const) {
    const send = (size: number) =>
      app.inject({ method: 'POST', url, payload: padded(size), headers: json })
    t.equal((await send(limit)).statusCode, 200, url)
    const answer = (await send(limit + 1)).json()
    t.equal(answer.code, 'too_large', url)
    t.match(answer.detail, limit.toLocaleString('en'), url)
  }
})

t.test('A route without a body ignores the one it receives', async (t) => {
  for (const payload of ['', '{}', 'nonsense']) {
    for (const type of ['application/json', 'nonsense', '']) {
      const headers = { 'content-type': type }
      const answer = await app.inject({ method: 'DELETE', url: '/words', payload, headers })
      t.equal(answer.statusCode, 204, payload)
    }
  }
})

t.test('A client that sends too much receives the response, never a broken pipe', async (t) => {
  const tooMuch = Buffer.alloc(8 * largeLimit, ' ')
  for (const [path, headers, status] of [
    ['/words', json, 413],
    ['/words', { 'content-type': 'text/plain' }, 415],
    ['/own', json, 401],
    ['/nowhere', json, 404],
  ] as const) {
    for (let time = 0; time < 5; time += 1) {
      const answer = await fetch(base + path, { method: 'POST', headers, body: tooMuch })
      t.equal(answer.status, status, path)
      await answer.arrayBuffer()
    }
  }
})

t.test('A chunked body over the limit is too_large', async (t) => {
  const chunk = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`
  const head = 'POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  const bytes = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`
  t.match(await exchange(port, bytes, /"code":"too_large"/), 'HTTP/1.1 413')
})

t.test('A connection stays usable after a response that preceded the body', async (t) => {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write('POST /own HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n')
  socket.write('Content-Length: 2\r\n\r\n')
  setTimeout(() => socket.write('{}'), 50)
  t.match(await readUntil(socket, /"code":"unauthenticated"/), 'HTTP/1.1 401')
  socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(await readUntil(socket, /"code":"not_found"/), 'HTTP/1.1 404')
  socket.destroy()
})

t.test('A body whose connection closes early is malformed_request, not internal', async (t) => {
  const body = z.strictObject({ word: text() })
  for (const isLookedUp of [false, true]) {
    const { promise: failure, resolve } = Promise.withResolvers<unknown>()
    const { app } = await bareApp(t, (app) => {
      app.addHook('onError', async (_request, _reply, error) => resolve(error))
      // A session can be looked up until after the connection has closed.
      app.addHook('onRequest', ({ raw }, _reply, done) => {
        if (isLookedUp) raw.once('close', () => done())
        else done()
      })
      app.post('/', { schema: { body }, config: { open: true } }, async () => 'never')
    })
    const port = await listen(app)
    const arrived = once(app.server, 'request')
    const socket = connect({ port, host: '127.0.0.1' })
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
    socket.write(`${head}Content-Length: 20\r\n\r\n{"word":`)
    await arrived
    socket.destroy()
    t.match(await failure, { code: 'malformed_request' })
  }
})
