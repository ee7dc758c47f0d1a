// Spans of webhooks, with an SDK in this process: each continues the trace of the event that it delivers.
import '../../support/traces-in-memory.ts'

import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import t from 'tap'
import { idOf } from '../../support/ids.ts'
import { endedSpans } from '../../support/traces-in-memory.ts'
import { until } from '../../support/until.ts'
import { accept, startReceiver, status } from '../../support/webhook-receiver.ts'
import { openWebhooks } from '../../support/webhook-sender.ts'

const { owner, lines, start, add, find, isDone, dueNow } = await openWebhooks(t)
const { rows } = await owner.query('select max(position)::text as last from log.events')
const after = rows[0].last

/** Registers a user, as in a request with this span. */
async function registerIn(n: number, traceparent: string): Promise<void> {
  await owner.query('begin')
  const { rows } = await owner.query(
    `insert into log.events (stream_id, stream_version, type, metadata)
     values ($1, 1, 'user_registered_1', $2) returning position, recorded_at::text`,
    [idOf(n), { traceparent }],
  )
  await owner.query(
    `insert into log.user_registered_1 (id, email, password_hash, username, position, recorded_at)
     values ($1, $2, 'hash', $3, $4, $5)`,
    [idOf(n), `user${n}@example.org`, `user${n}`, rows[0].position, rows[0].recorded_at],
  )
  await owner.query('commit')
}

const [traceId, spanId] = ['1'.repeat(32), '2'.repeat(16)]

t.test(
  'A delivery has a span in the trace of its event, and the receiver can continue it',
  async (t) => {
    const receiver = await startReceiver(t)
    await add('crm', receiver.url, { after })
    await registerIn(900, `00-${traceId}-${spanId}-01`)
    await registerIn(901, `00-${'3'.repeat(32)}-${spanId}-00`)
    const stop = start()
    t.teardown(stop)
    await isDone('crm')
    const [span, ...others] = endedSpans('webhook')
    t.strictSame(others, [], 'a trace that is not sampled has no span')
    t.equal(span?.spanContext().traceId, traceId)
    t.equal(span?.parentSpanContext?.spanId, spanId)
    t.equal(span?.kind, SpanKind.CLIENT)
    t.strictSame(span?.attributes, {
      'http.request.method': 'POST',
      'epistle.webhook.name': 'crm',
      'epistle.webhook.attempt': 1,
      'http.response.status_code': 204,
    })
    t.equal(span?.status.code, SpanStatusCode.UNSET)
    const sent = receiver.received.map(({ headers }) => headers.traceparent)
    t.equal(sent[0], `00-${traceId}-${span?.spanContext().spanId}-01`)
    t.match(sent[1], /^00-3{32}-\w{16}-00$/)
    t.match(lines.join(''), new RegExp(`"traceId":"${traceId}".*webhook delivered`))
    await stop()
  },
)

t.test(
  'A delivery that fails has the status of the response, or the code of the error',
  async (t) => {
    const receiver = await startReceiver(t)
    receiver.answer = status(500)
    await add('failing', receiver.url, { after })
    const stop = start()
    t.teardown(stop)
    const failed = (n: number) =>
      until(`attempt ${n} fails`, async () => (await find('failing')).attempts === n)
    await failed(1)
    receiver.answer = (_event, response) => response.destroy()
    await dueNow()
    await failed(2)
    receiver.answer = accept
    await dueNow()
    await isDone('failing')
    const spans = endedSpans('webhook').filter(
      ({ attributes }) => attributes['epistle.webhook.name'] === 'failing',
    )
    t.strictSame(
      spans.map(({ status, attributes }) => [status.code, attributes['error.type']]),
      [
        [SpanStatusCode.ERROR, '500'],
        [SpanStatusCode.ERROR, 'ECONNRESET'],
        [SpanStatusCode.UNSET, undefined],
      ],
    )
    t.strictSame(
      spans.map(({ attributes }) => attributes['epistle.webhook.attempt']),
      [1, 2, 3],
    )
    t.notMatch(
      JSON.stringify(spans.map(({ events, attributes }) => [events, attributes])),
      /127\.0/,
    )
    await stop()
  },
)
