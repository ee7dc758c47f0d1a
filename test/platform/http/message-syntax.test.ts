// Requests as RFC 9112 defines them, sent byte by byte. Most libraries would not send the malformed ones.
import t from 'tap'
import { z } from 'zod'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { exchange } from '../../support/http/raw.ts'

const open = { config: { open: true } }
const { app } = await bareApp(t, (app) => {
  app.get('/thing', open, async ({ url, host }) => ({ url, host }))
  app.post('/thing', { ...open, schema: { body: z.strictObject({}) } }, async () => 'read')
  app.get('/', open, async () => 'root')
})
const port = await listen(app)

/** The status and the problem code, or the body, of the only response to a request. */
async function send(line: string, headers: readonly string[] = ['Host: x'], body = '') {
  const all = [line, ...headers, 'Connection: close', '', body].join('\r\n')
  const answer = await exchange(port, all)
  const [head = '', content = ''] = answer.split(/\r\n\r\n(.*)/s)
  t.equal(answer.match(/^HTTP\/1.1 /gm)?.length, 1, `one response to ${line}`)
  return `${head.slice(9, 12)} ${/"code":"(\w+)"/.exec(content)?.[1] ?? content}`
}

t.test('A target can be a path or a URL, whose host replaces that of the header', async (t) => {
  const found = (host: string) => `200 {"url":"/thing","host":"${host}"}`
  t.equal(await send('GET /thing HTTP/1.1'), found('x'))
  t.equal(await send('GET http://y:8080/thing HTTP/1.1'), found('y:8080'))
  t.equal(await send('GET HTTPS://[::1]/thing HTTP/1.1'), found('[::1]'))
  t.equal(await send('GET http://y HTTP/1.1'), '200 root')
  t.equal(await send('GET http://y/nowhere HTTP/1.1'), '404 not_found')
  t.match(await send('GET http://y/%zz HTTP/1.1'), '422 validation_failed')
})

t.test('`OPTIONS *` lists the methods of the server', async (t) => {
  const request = 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  t.match(await exchange(port, request), /^allow: GET, HEAD, OPTIONS, POST\r$/im)
})

t.test('Any other target is malformed_request', async (t) => {
  for (const target of ['*', 'thing', 'ftp://y/thing', 'http:///thing', 'http://u@y/thing']) {
    t.equal(await send(`GET ${target} HTTP/1.1`), '400 malformed_request', target)
  }
  for (const target of ['/thing#part', '/thing?a#b', '/thïng', 'http://a b/', '/thing\t']) {
    t.equal(await send(`GET ${target} HTTP/1.1`), '400 malformed_request', target)
  }
  t.match(await send('GET /thing/ HTTP/1.1'), '404 not_found')
})

t.test('A request has one Authorization at most', async (t) => {
  t.match(await send('GET /thing HTTP/1.1', ['Host: x', 'Authorization: Bearer a']), /^200/)
  for (const second of ['Authorization: Bearer a', 'authorization: Bearer b', 'AUTHORIZATION:']) {
    const two = ['Host: x', 'Authorization: Bearer a', second]
    t.equal(await send('GET /thing HTTP/1.1', two), '400 malformed_request', second)
  }
})

t.test('HTTP/1.1 requires one valid Host, and HTTP/1.0 does not', async (t) => {
  for (const host of [['Host: x:80'], ['Host: [::1]:3000'], ['Host:'], ['host: a_b.example']]) {
    t.match(await send('GET /thing HTTP/1.1', host), /^200/, String(host))
  }
  t.match(await send('GET /thing HTTP/1.0', []), /^200/)
  const invalid = [[], ['Host: x', 'Host: x'], ['Host: x', 'host: y'], ['Host: a/b'], ['Host: u@x']]
  for (const host of invalid) {
    t.equal(await send('GET /thing HTTP/1.1', host), '400 malformed_request', String(host))
    t.equal(await send('GET http://y/thing HTTP/1.1', host), '400 malformed_request', String(host))
  }
})

t.test('A header line that a proxy could read in another way is malformed_request', async (t) => {
  const lines = ['X-A : b', 'X-A: b\r\n c', ' X-A: b', 'X-A: a\rb', 'X-A: a\0b', 'X-A', ': b']
  for (const line of [...lines, 'Content-Length: +1', 'Content-Length: 1, 2', 'Content-Length:']) {
    t.equal(await send('GET /thing HTTP/1.1', [line, 'Host: x']), '400 malformed_request', line)
  }
})

t.test('A body can be chunked, and have no other transfer coding', async (t) => {
  const post = (headers: readonly string[], version = '1.1') =>
    send(
      `POST /thing HTTP/${version}`,
      ['Host: x', 'Content-Type: application/json', ...headers],
      '2\r\n{}\r\n0\r\n\r\n',
    )
  t.equal(await post(['Transfer-Encoding: chunked']), '200 read')
  t.equal(await post(['Transfer-Encoding: Chunked']), '200 read')
  t.equal(await post(['Transfer-Encoding: gzip, chunked']), '501 not_implemented')
  for (const coding of ['gzip', 'chunked, gzip', 'identity', 'xchunked', 'chunked, chunked']) {
    t.equal(await post([`Transfer-Encoding: ${coding}`]), '400 malformed_request', coding)
  }
  const both = ['Transfer-Encoding: chunked', 'Content-Length: 2']
  t.equal(await post(both), '400 malformed_request')
  t.equal(await post(both.toReversed()), '400 malformed_request')
  t.equal(await post(['Transfer-Encoding: chunked'], '1.0'), '400 malformed_request')
})

t.test('An unknown method is not_implemented if it is a token', async (t) => {
  for (const method of ['FETCH', 'get', 'GETX', 'x-!#$%&', 'PLAY']) {
    t.equal(await send(`${method} /thing HTTP/1.1`), '501 not_implemented', method)
  }
  t.equal(await send('CONNECT y:443 HTTP/1.1'), '501 not_implemented')
  for (const line of [
    'G(T /thing HTTP/1.1',
    'HELO y',
    '/thing HTTP/1.1',
    'FETCH /thing http/1.1',
  ]) {
    t.equal(await send(line), '400 malformed_request', line)
  }
})

t.test('Any version but 1.0 and 1.1 is http_version_not_supported', async (t) => {
  for (const version of ['1.2', '2.0', '3.0', '0.9']) {
    t.equal(await send(`GET /thing HTTP/${version}`), '505 http_version_not_supported', version)
  }
  t.equal(await send('PRI * HTTP/2.0', ['', 'SM', '']), '505 http_version_not_supported')
  t.equal(await send('GET /thing HTTP/1'), '400 malformed_request')
})

t.test('The response to an unreadable request follows those to earlier ones', async (t) => {
  const good = 'GET /thing HTTP/1.1\r\nHost: x\r\n\r\n'
  const answers = await exchange(port, `${good}${good}FETCH / HTTP/1.1\r\nHost: x\r\n\r\n`)
  t.same(answers.match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 501'])
})
