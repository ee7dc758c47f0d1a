// Spans of batches and of requests that fail, with an SDK in this process. test/examples/opentelemetry.test.ts shows
// whole traces from outside.
import '../support/traces-in-memory.ts'

import { once } from 'node:events'
import { get } from 'node:http'
import { context, ROOT_CONTEXT, type SpanContext, SpanStatusCode, trace } from '@opentelemetry/api'
import t from 'tap'
import { bobId } from '../support/event-store/stories.ts'
import { outcomes, type Sending, sending, writing } from '../support/event-store/writing.ts'
import { bareApp, listen } from '../support/http/bare-app.ts'
import { endedSpans } from '../support/traces-in-memory.ts'
import { until } from '../support/until.ts'

const { owner, start, holdAppends, untilAppendsWait, appendsWaiting } = await writing(t)
const { store } = start()
await store.append(sending(bobId))

/** The span of a request, n from 1 to 9. */
function spanOf(n: number, { sampled = true } = {}): SpanContext {
  return { traceId: `${n}`.repeat(32), spanId: `${n}`.repeat(16), traceFlags: sampled ? 1 : 0 }
}

const appendIn = (span: SpanContext, decision: Sending = sending(bobId)) =>
  context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => store.append(decision))

t.test('A batch has a link to each sampled request that it carries', async (t) => {
  endedSpans('append')
  const [first, second] = [spanOf(2), spanOf(3)]
  // Those of one turn share a batch.
  await Promise.all([spanOf(1, { sampled: false }), first, second].map((span) => appendIn(span)))
  const [batch, ...others] = endedSpans('append')
  t.strictSame(others, [])
  t.strictSame(
    batch?.links.map(({ context }) => context),
    [first, second],
  )
  t.equal(batch?.spanContext().traceId, first.traceId)
  t.equal(batch?.parentSpanContext?.spanId, first.spanId)
  t.equal(batch?.attributes['db.operation.batch.size'], 3)
  t.equal(batch?.status.code, SpanStatusCode.UNSET)
})

t.test('A batch without a sampled request has no span', async (t) => {
  await Promise.all([appendIn(spanOf(1, { sampled: false })), store.append(sending(bobId))])
  t.strictSame(endedSpans('append'), [])
})

t.test('A batch whose connection is lost shows the code, even if a retry succeeds', async (t) => {
  const { release } = await holdAppends()
  const results = Promise.allSettled([appendIn(spanOf(4))])
  await untilAppendsWait(1)
  const [pid] = await appendsWaiting()
  await owner.query('select pg_terminate_backend($1, 5000)', [pid])
  await release()
  t.strictSame(outcomes(await results), ['accepted'])
  const [batch] = endedSpans('append')
  t.strictSame(batch?.status, { code: SpanStatusCode.ERROR })
  t.match(batch?.events, [{ name: 'exception', attributes: { 'exception.type': '57P01' } }])
})

t.test('Requests that fail', async (t) => {
  const { app } = await bareApp(t, (app) => {
    app.get('/fault', { config: { open: true } }, () => Promise.reject(new Error('of ann')))
    app.get('/endless', { config: { open: true } }, (_request, reply) => {
      reply.hijack().raw.writeHead(200).write('first')
    })
  })
  const port = await listen(app)
  const ended = (name: string) => until(`${name} has ended`, async () => endedSpans(name)[0])

  await t.test('A fault of the server has the code of its problem, and no message', async (t) => {
    await fetch(`http://127.0.0.1:${port}/fault`)
    const span = await ended('GET /fault')
    t.strictSame(span.status, { code: SpanStatusCode.ERROR })
    t.match(span.attributes, { 'error.type': 'internal', 'http.response.status_code': 500 })
    t.notMatch(JSON.stringify([span.attributes, span.events]), /of ann/)
  })

  await t.test('A stream that its client leaves ends its span', async (t) => {
    const request = get({ port, host: '127.0.0.1', path: '/endless' })
    await once(request, 'response')
    request.destroy()
    const span = await ended('GET /endless')
    t.equal(span.status.code, SpanStatusCode.UNSET)
  })
})
