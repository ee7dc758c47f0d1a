// The documentation pages. Swagger UI serves their files; its errors are problems as well.
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { docsPage } from '../../../../src/platform/http/openapi/docs.ts'
import { describeOperations } from '../../../../src/platform/http/openapi/openapi.ts'
import { publicApi } from '../../../../src/platform/http/openapi/public-api.ts'
import { createServer } from '../../../../src/platform/http/server.ts'
import { listen, readableLog } from '../../../support/http/bare-app.ts'
import { exchange } from '../../../support/http/raw.ts'

const app = await createServer({ log: readableLog('silent').log, corsOrigins: [] })
await describeOperations(app, { ...publicApi, version: '1' })
docsPage(app, 'Epistle: HTTP API')
t.teardown(() => app.close())
const port = await listen(app)

/** Status, code and Allow of a raw request, because HTTP clients normalize paths. */
async function ask(line: string, ...headers: string[]) {
  const head = [`${line} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers]
  const answer = await exchange(port, `${head.join('\r\n')}\r\n\r\n`)
  const [, status] = /^HTTP\/1.1 (\d+)/.exec(answer) ?? []
  const [, code] = /"code":"(\w+)"/.exec(answer) ?? []
  return { status, ...(code && { code }), allow: /^allow: (.*)\r$/im.exec(answer)?.[1] }
}

t.test('The documentation and its files are served', async (t) => {
  for (const path of ['/docs', '/docs/', '/docs/static/index.css', '/docs/static/index.css?v=1']) {
    t.match(await ask(`GET ${path}`), { status: '200' }, path)
  }
})

t.test(
  'The document is compressed once for each coding, each with an entity tag of its own',
  async (t) => {
    const read = (accepted: string, headers = {}) =>
      app.inject({ url: '/openapi.json', headers: { 'accept-encoding': accepted, ...headers } })
    const plain = await read('identity')
    t.same(JSON.parse(plain.payload).info.title, 'Epistle')
    const tags = new Set([plain.headers.etag])
    for (const [coding, decompress] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const answer = await read(coding)
      t.equal(answer.headers['content-encoding'], coding)
      t.match(answer.headers.vary, 'Accept-Encoding')
      t.equal(String(decompress(answer.rawPayload)), plain.payload)
      tags.add(answer.headers.etag)
      const { etag } = answer.headers
      const current = await read(coding, { 'if-none-match': etag })
      t.match(current, { statusCode: 304, payload: '' })
      t.notOk(current.headers['content-encoding'])
      t.match(await read('identity', { 'if-match': etag }), { statusCode: 412 })
      const head = await app.inject({
        method: 'HEAD',
        url: '/openapi.json',
        headers: { 'accept-encoding': coding },
      })
      t.equal(head.headers['content-length'], answer.headers['content-length'])
    }
    t.equal(tags.size, 3)
  },
)

t.test('The page sends a token without the session cookie', async (t) => {
  const { payload } = await app.inject('/docs/static/swagger-initializer.js')
  const [interceptor] = /\(request *\) => \{.*?return request\s*\}/s.exec(payload) ?? []
  const intercept = new Function(`return ${interceptor}`)()
  t.same(intercept({ headers: { Authorization: 'Bearer x' } }).credentials, 'omit')
  t.same(intercept({ headers: {} }).credentials, undefined)
})

t.test('A missing or forbidden file is not_found', async (t) => {
  for (const path of ['nothing', '%00', '../package.json', '..%2fpackage.json', 'a'.repeat(5000)]) {
    t.match(
      await ask(`GET /docs/static/${path}`),
      { status: '404', code: 'not_found' },
      path.slice(0, 20),
    )
  }
})

t.test('An unsupported method on a file is 405 with the supported ones', async (t) => {
  const refused = { status: '405', code: 'method_not_allowed', allow: 'GET, HEAD' }
  for (const method of ['DELETE', 'QUERY', 'POST']) {
    t.match(await ask(`${method} /docs/static/nothing`), refused, method)
  }
})

t.test('An unsatisfiable range is 422 and a failed precondition is 412', async (t) => {
  const file = 'GET /docs/static/index.css'
  t.match(await ask(file, 'Range: bytes=99999999-'), { status: '422', code: 'validation_failed' })
  t.match(await ask(file, 'If-Match: "x"'), { status: '412', code: 'version_mismatch' })
  t.match(await ask(file, 'If-None-Match: *'), { status: '304' })
})
