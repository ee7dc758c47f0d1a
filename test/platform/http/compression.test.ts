// Which responses are compressed, how a client chooses, and what compression leaves alone.
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip } from 'node:zlib'
import t from 'tap'
import { z } from 'zod'
import { bareApp } from '../../support/http/bare-app.ts'

const long = Array.from({ length: 50 }, (_, n) => ({
  id: n,
  content: `message ${n} with some text`,
}))
const short = [{ id: 1, content: 'short' }]
const itemsOf = (url: string) => (url.includes('short') ? short : long)
const item = z.strictObject({ id: z.number(), content: z.string() })
const list = z.strictObject({ items: z.array(item) })
const config = { open: true } as const
let isFailing = false

const { app } = await bareApp(
  t,
  (app) => {
    const schema = { response: { 200: list } }
    app.get('/list', { schema, config }, async () => {
      if (isFailing) throw new Error(`a fault: ${'x'.repeat(2000)}`)
      return { items: long }
    })
    app.get('/short-list', { schema, config }, async (request) => ({ items: itemsOf(request.url) }))
    app.get('/tagged-list', { schema, config }, async (_request, reply) => {
      reply.header('ETag', '"1"')
      return { items: long }
    })
    const token = { response: { 200: z.strictObject({ token: z.string() }) } }
    app.get('/secret', { schema: token, config }, async () => ({ token: 'x'.repeat(5000) }))
    app.post('/list', { schema, config }, async () => ({ items: long }))
    app.get('/stream', { config }, (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
      reply.raw.end('x'.repeat(5000))
    })
  },
  { corsOrigins: ['https://app.example'] },
)

const decoders = {
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip),
} as const

async function ask(call: string, accepted?: string) {
  const [method, url] = call.split(' ') as ['GET', string]
  const headers = accepted === undefined ? {} : { 'accept-encoding': accepted }
  const answer = await app.inject({ method, url, headers })
  const coding = answer.headers['content-encoding'] as keyof typeof decoders | undefined
  const bytes = answer.rawPayload
  const text = coding && method === 'GET' ? String(await decoders[coding](bytes)) : String(bytes)
  return { status: answer.statusCode, coding, headers: answer.headers, bytes, text }
}

t.test('A list is compressed as the client prefers, and is the same afterwards', async (t) => {
  const { text } = await ask('GET /list')
  for (const [accepted, coding] of [
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'br'],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['gzip;q=0', undefined],
    ['deflate', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    const answer = await ask('GET /list', accepted)
    t.equal(answer.coding, coding, `Accept-Encoding: ${accepted}`)
    t.equal(answer.text, text)
    t.equal(Number(answer.headers['content-length']), answer.bytes.length)
    t.match(answer.headers, { 'content-type': /json/, vary: 'Origin, Accept-Encoding' })
    t.equal(answer.bytes.length < text.length / 2, coding !== undefined)
  }
})

t.test('HEAD has the headers of GET', async (t) => {
  const [get, head] = [await ask('GET /list', 'gzip'), await ask('HEAD /list', 'gzip')]
  for (const name of ['content-length', 'content-encoding', 'vary']) {
    t.equal(head.headers[name], get.headers[name], name)
  }
  t.equal(head.bytes.length, 0)
})

t.test('A short list, an error, a token, a stream and a change are never compressed', async (t) => {
  const secret = await ask('GET /secret', 'gzip, br')
  t.match(secret, { status: 200, coding: undefined })
  t.notMatch(secret.headers.vary, 'Accept-Encoding')
  t.match(await ask('GET /short-list', 'gzip, br'), { status: 200, coding: undefined })
  t.match(await ask('POST /list', 'gzip, br'), { status: 200, coding: undefined })
  t.match(await ask('GET /stream', 'gzip, br'), { status: 200, coding: undefined })
  isFailing = true
  const failed = await ask('GET /list', 'gzip, br')
  isFailing = false
  t.match(failed, { status: 500, coding: undefined })
  t.match(failed.headers.vary, 'Accept-Encoding', 'the success of the same URL varies')
})

t.test('A response with a strong entity tag is not compressed', async (t) => {
  t.match(await ask('GET /tagged-list', 'gzip, br'), { status: 200, coding: undefined })
})

t.test('The length of a compressed list does not show how well it compresses', async (t) => {
  const lengths = new Set<number>()
  for (let n = 0; n < 100; n += 1) {
    const { headers } = await ask('GET /list', 'br')
    const padding = String(headers['epistle-padding'])
    t.ok(/^[\w-]{1,64}$/.test(padding), padding)
    lengths.add(padding.length)
  }
  t.ok(lengths.size > 20, `${lengths.size} lengths`)
  t.notOk((await ask('GET /list')).headers['epistle-padding'])
})

t.test('No response with a token is a list', async (t) => {
  const path = new URL('../../../openapi/openapi.json', import.meta.url)
  const { paths, components } = JSON.parse(await readFile(path, 'utf8'))
  const resolve = (schema: object): string =>
    JSON.stringify(schema, (key, value) =>
      key === '$ref' ? resolve(components.schemas[value.split('/').at(-1)] ?? {}) : value,
    )
  for (const [url, { get }] of Object.entries<{ get?: { responses: Record<string, object> } }>(
    paths,
  )) {
    t.notMatch(resolve(get?.responses[200] ?? {}), /"token"/, url)
  }
})
