import t from 'tap'
import { metadata } from '../../../src/platform/http/metadata.ts'
import { bareApp } from '../../support/http/bare-app.ts'

const { app } = await bareApp(t, (app) => {
  app.get('/', { config: { open: true } }, async (request) => metadata(request))
})

const ask = async (headers: Record<string, string>) => {
  const answer = await app.inject({ url: '/', headers })
  return { header: answer.headers['x-request-id'], ...answer.json() }
}

t.test('A request gets an id, in its response and in the metadata of its events', async (t) => {
  const { header, requestId } = await ask({})
  t.match(header, /^[0-9a-f-]{36}$/)
  t.equal(requestId, header)
  t.not((await ask({})).header, header)
})

t.test("A client's X-Request-Id is used if it is plain and replaced otherwise", async (t) => {
  t.match(await ask({ 'x-request-id': 'trip:42_a.b' }), { header: 'trip:42_a.b' })
  for (const odd of ['a b', '"x"', '{}', '', '-x', 'é', 'a'.repeat(129)]) {
    t.not((await ask({ 'x-request-id': odd })).header, odd)
  }
})

t.test('The trace id comes from a valid traceparent', async (t) => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  t.match(await ask({ traceparent: `00-${trace}-00f067aa0ba902b7-01` }), { traceId: trace })
  const later = `01-${trace}-00f067aa0ba902b7-01-more`
  t.match(await ask({ traceparent: later }), { traceId: trace }, 'a later version with a new field')
  const invalid = [
    `ff-${trace}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${trace}-0000000000000000-01`,
    `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
    trace,
    `00-${trace}-00f067aa0ba902b7-01-more`,
    `01-${trace}-00f067aa0ba902b7-01more`,
  ]
  for (const traceparent of invalid) t.notHas(await ask({ traceparent }), { traceId: /./ })
})
