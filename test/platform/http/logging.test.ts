import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
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
