// Traces from outside: a server and a worker with examples/opentelemetry/tracing.ts, an SMTP server, and a collector.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { addEndpoint } from '../../src/platform/webhooks/endpoints.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { untilNoTasksLeft } from '../support/no-tasks-left.ts'
import { type Started, start } from '../support/service.ts'
import { smtpServer } from '../support/smtp-server.ts'
import { type CollectedSpan, traceCollector } from '../support/trace-collector.ts'
import { until } from '../support/until.ts'
import { startReceiver } from '../support/webhook-receiver.ts'
import { workEnv } from '../support/working.ts'

const [server, client, consumer] = [2, 3, 5]
const password = 'a few unrelated words'
const databaseUrl = await installedDatabase(t)
const db = await connect(t, databaseUrl)
const collector = await traceCollector(t)
/** Whether the SMTP server refuses every recipient. */
let refuse = false
const smtp = await smtpServer(t, (stage) => {
  if (stage === 'to' && refuse)
    throw Object.assign(new Error('no bob@example.org'), { responseCode: 550 })
})

const receiver = await startReceiver(t)
const types = ['user_registered']
await addEndpoint(db, { name: 'crm', url: receiver.url, types, personal: false })

const env = {
  ...workEnv(smtp.url),
  WEBHOOK_LOOPBACK: 'on',
  DATABASE_URL: databaseUrl,
  PORT: '0',
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
}
const traced = (verb: string) =>
  start(
    t,
    [process.execPath, '--import', './examples/opentelemetry/tracing.ts', 'src/main.ts', verb],
    {
      env,
    },
  )
const [serving, working] = [traced('serve'), traced('work')]
const [, baseUrl = ''] = await serving.said(/(http:\/\/[\w.:[\]]+)/)
await working.said(/the worker is ready/)

/** The header of a new trace. */
function newTrace(flags: '00' | '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')]
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` }
}

const send = (path: string, body: object, traceparent: string, token?: string) =>
  fetch(baseUrl + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })

const stop = async (started: Started) => {
  started.child.kill('SIGTERM')
  return started.ended
}

const traces = {
  ann: newTrace('01'),
  unsampled: newTrace('00'),
  login: newTrace('01'),
  reset: newTrace('01'),
  refused: newTrace('01'),
  away: newTrace('01'),
}
const user = (username: string) => ({ email: `${username}@example.org`, username, password })
const statuses = [
  await send('/users', user('ann'), traces.ann.traceparent),
  await send('/users', user('bob'), traces.unsampled.traceparent),
  await send('/users', user('bob'), traces.refused.traceparent),
  await fetch(`${baseUrl}/nowhere/ann@example.org?token=hidden`),
].map(({ status }) => status)
const login = await send(
  '/sessions',
  { email: 'ann@example.org', password },
  traces.login.traceparent,
)
const { token } = (await login.json()) as { token: string }
await untilNoTasksLeft(databaseUrl)
await until('two users were delivered', async () => receiver.accepted.length >= 2)
refuse = true
await send('/password-resets', { email: 'ann@example.org' }, traces.reset.traceparent)
await working.said(/"process":"password_reset_mail_9".*a task was given up/)
const { rows: recorded } = await db.query(
  `select type, metadata from log.events where metadata ? 'traceparent' order by position`,
)
// Each sends its last spans before it exits.
const codes = [await stop(working), await stop(serving)]

const { spans } = collector
const of = (traceId: string, name: string) =>
  spans.find((span) => span.traceId === traceId && span.name === name) as CollectedSpan

t.test('A request has a span that continues its traceparent', async (t) => {
  t.strictSame(statuses, [201, 201, 409, 404])
  t.strictSame(codes, [0, 0])
  const span = of(traces.ann.traceId, 'POST /users')
  t.match(span, { kind: server, parentSpanId: traces.ann.spanId })
  t.strictSame(span.attributes, {
    'http.request.method': 'POST',
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
    'http.route': '/users',
    'http.response.status_code': 201,
  })
  t.not(span.status.code, 2)
})

t.test('A path without a route is in no name, and its trace is new', async (t) => {
  const span = spans.find(({ name }) => name === 'GET') as CollectedSpan
  t.equal(span.parentSpanId, undefined)
  t.equal(span.attributes['http.response.status_code'], 404)
  t.notOk('http.route' in span.attributes)
})

t.test('A batch has links to the requests that it carries, and they to it', async (t) => {
  const request = of(traces.ann.traceId, 'POST /users')
  const batch = of(traces.ann.traceId, 'append')
  t.match(batch, { kind: client, parentSpanId: request.spanId })
  t.match(batch.links, [{ traceId: request.traceId, spanId: request.spanId }])
  t.match(request.links, [{ traceId: batch.traceId, spanId: batch.spanId }])
  t.match(batch.attributes, { 'db.system.name': 'postgresql', 'db.operation.batch.size': 1 })
})

t.test('The events of a request and of a task keep its trace', async (t) => {
  const request = of(traces.ann.traceId, 'POST /users')
  const metadata = { traceId: request.traceId, traceparent: traceparentOf(request) }
  t.match(recorded[0], { type: 'user_registered_1', metadata })
  // The same trace has the registration of the service's own user, by a task, and a welcome of it that does nothing.
  const welcome = spans.find(
    (span) => span.name === 'welcome_8' && span.parentSpanId === request.spanId,
  ) as CollectedSpan
  t.match(welcome, {
    traceId: request.traceId,
    kind: consumer,
    attributes: { 'epistle.task.attempt': 1 },
  })
  const byTask = recorded.filter(({ metadata }) => metadata.traceparent === traceparentOf(welcome))
  t.match(byTask.at(-1), { type: /^message_sent/, metadata: { traceId: request.traceId } })
})

t.test('A trace goes from a request by its task to the mail', async (t) => {
  const { traceId } = traces.reset
  const [request, task, mail] = [
    of(traceId, 'POST /password-resets'),
    of(traceId, 'password_reset_8'),
    of(traceId, 'password_reset_mail_9'),
  ]
  t.equal(task.parentSpanId, request.spanId)
  t.equal(mail.parentSpanId, task.spanId)
})

t.test(
  'A trace goes from a request to the webhooks of its event, and to their receivers',
  async (t) => {
    const request = of(traces.ann.traceId, 'POST /users')
    const webhook = spans.find(
      (span) => span.name === 'webhook' && span.parentSpanId === request.spanId,
    ) as CollectedSpan
    t.match(webhook, { traceId: request.traceId, kind: client })
    t.match(webhook.attributes, { 'epistle.webhook.name': 'crm', 'http.response.status_code': 204 })
    t.ok(receiver.received.some(({ headers }) => headers.traceparent === traceparentOf(webhook)))
  },
)

t.test('A failure has its code, and not its message', async (t) => {
  const mail = of(traces.reset.traceId, 'password_reset_mail_9')
  t.equal(mail.status.code, 2)
  t.match(mail.attributes['error.type'], /^\w+$/)
  t.match(mail.events, [{ name: 'exception' }])
  t.match(working.stdout(), new RegExp(`"traceId":"${traces.reset.traceId}".*given up`))
})

t.test(
  'Requests of a trace that is not sampled have no span, and neither have their tasks',
  async (t) => {
    const { traceId } = traces.unsampled
    t.strictSame(
      spans.filter((span) => span.traceId === traceId),
      [],
    )
    t.ok(recorded.some(({ metadata }) => metadata.traceparent?.startsWith(`00-${traceId}-`)))
  },
)

t.test('No span has a user, an address or a token', async (t) => {
  t.ok(spans.length > 8)
  t.notMatch(collector.text(), /@example|hidden|127\.0\.0\.1|"ann"/)
  t.notOk(collector.text().includes(token))
})

function traceparentOf({ traceId, spanId }: CollectedSpan): string {
  return `00-${traceId}-${spanId}-01`
}
