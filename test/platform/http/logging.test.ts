import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import type { App } from '../../../src/platform/http/app.ts'
import { Problem } from '../../../src/platform/http/problems/problem.ts'
import { position } from '../../../src/platform/http/replies.ts'
import { bareApp, readableLog } from '../../support/http/bare-app.ts'

t.test('A request is one log line with method, path, status and duration', async (t) => {
  const { app, lines } = await bareApp(
    t,
    (app) => {
      app.post('/things', { config: { open: true } }, async () => 'made')
    },
    { level: 'info' },
  )
  await app.inject({ method: 'POST', url: '/things?key=hidden', headers: { 'x-request-id': 'r1' } })
  await app.inject('/nowhere')
  t.equal(lines.length, 2)
  t.match(JSON.parse(lines[0] ?? ''), {
    requestId: 'r1',
    method: 'POST',
    path: '/things',
    status: 200,
    milliseconds: Number,
  })
  t.match(JSON.parse(lines[1] ?? ''), { status: 404, problem: 'not_found' })
  t.notMatch(lines.join(''), 'hidden')
})

t.test('A log line has its time as ISO 8601, in UTC, and its level as a word', (t) => {
  const { log, lines } = readableLog('info')
  log.warn('oh')
  const { time, ...line } = JSON.parse(lines[0] ?? '')
  t.strictSame(line, { level: 'warn', msg: 'oh' })
  t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.end()
})

t.test(
  'A request is logged with its client as limits count it, its trace and its position',
  async (t) => {
    const addRoutes = (app: App) => {
      app.post('/things', { config: { open: true } }, async (_request, reply) => {
        position(reply, { position: '17' })
        return 'made'
      })
    }
    const { app, lines } = await bareApp(t, addRoutes, { level: 'info', trustProxy: ['127.0.0.1'] })
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const headers = {
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
      'x-forwarded-for': '2001:db8:1:2:3:4:5:6',
    }
    await app.inject({ method: 'POST', url: '/things', headers })
    await app.inject({ method: 'POST', url: '/things', headers: { traceparent: 'hidden' } })
    const [first, second] = lines.map((line) => JSON.parse(line))
    t.match(first, { client: '2001:db8:1:2::/64', traceId: trace, position: '17' })
    t.equal(second.client, '127.0.0.1')
    t.notOk('traceId' in second)
  },
)

t.test('OPTIONS and routes that are quiet are logged at debug only', async (t) => {
  const addRoutes = (app: App) => {
    app.get('/health', { config: { open: true, quiet: true } }, async () => 'well')
  }
  for (const [level, count] of [
    ['info', 0],
    ['debug', 2],
  ] as const) {
    const { app, lines } = await bareApp(t, addRoutes, { level })
    await app.inject('/health')
    await app.inject({ method: 'OPTIONS', url: '/health' })
    t.equal(lines.length, count, level)
  }
})

t.test('A request of a quiet route that is refused for its credentials is logged', async (t) => {
  const addRoutes = (app: App) => {
    app.get('/figures', { config: { open: true, quiet: true } }, async () => {
      throw new Problem('unauthenticated')
    })
  }
  const { app, lines } = await bareApp(t, addRoutes, { level: 'info' })
  await app.inject('/figures')
  t.match(JSON.parse(lines[0] ?? '{}'), { status: 401, problem: 'unauthenticated' })
})

t.test('A logged error omits the rows that PostgreSQL quotes', (t) => {
  const { log, lines } = readableLog('info')
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    constraint: 'users_2__email_taken',
    detail: 'Key (email)=(ada@example.org) already exists.',
    where: 'SQL statement with $argon2id$secret',
  })
  log.error({ err: new Error('append failed', { cause }) }, 'oh')
  const [line = ''] = lines
  t.match(JSON.parse(line), {
    err: { message: 'append failed', cause: { code: '23505', constraint: 'users_2__email_taken' } },
  })
  t.notMatch(line, 'ada@example.org')
  t.notMatch(line, 'argon2id')
  t.end()
})

t.test('A process that exits or fails has written every log line in order', async (t) => {
  const logging = import.meta.resolve('../../../src/platform/http/logging.ts')
  for (const end of ['process.exit(3)', 'throw new Error("oh")']) {
    const script = `
      import { createLog } from '${logging}'
      const log = createLog('info')
      log.info('first')
      await new Promise((resolve) => setTimeout(resolve, 1))
      for (let n = 0; n < 1000; n += 1) log.info('line ' + n)
      log.fatal('last')
      ${end}`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    const { stdout } = await run.then(
      () => t.fail('the process did not fail'),
      (failed) => failed,
    )
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line: string) => JSON.parse(line).msg)
    const between = Array.from({ length: 1000 }, (_, n) => `line ${n}`)
    t.strictSame(lines, ['first', ...between, 'last'], end)
  }
})

t.test('The line of a request is written after the append of the next request', async (t) => {
  const logging = import.meta.resolve('../../../src/platform/http/logging.ts')
  // A response is written at the end of a turn of the event loop, and the next append sent at the end of the next one.
  const script = `
    import fs from 'node:fs'
    import { createLog } from '${logging}'
    const log = createLog('info')
    const order = []
    const { writeSync } = fs
    fs.writeSync = (...args) => {
      order.push('line')
      return writeSync(...args)
    }
    setImmediate(() => {
      log.info('request')
      setImmediate(() => order.push('append'))
    })
    process.on('exit', () => console.error(order.join()))`
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  t.equal((await run).stderr.trim(), 'append,line')
})
