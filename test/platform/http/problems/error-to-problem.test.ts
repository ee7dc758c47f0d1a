import { createServer } from 'node:net'
import pg from 'pg'
import t from 'tap'
import { RejectedError, UnknownEventError } from '../../../../src/platform/event-store/errors.ts'
import { problemOf } from '../../../../src/platform/http/problems/error-to-problem.ts'
import { Problem } from '../../../../src/platform/http/problems/problem.ts'
import { OverloadedError } from '../../../../src/platform/overloaded-error.ts'
import { PasswordRefusedError } from '../../../../src/platform/passwords/policy.ts'

const codeOf = (error: unknown) => problemOf(error).code
const pgError = (code: string) => Object.assign(new pg.DatabaseError('x', 1, 'error'), { code })

t.test('A Problem is sent unchanged', (t) => {
  const problem = new Problem('not_found')
  t.equal(problemOf(problem), problem)
  t.end()
})

t.test('A rejection has the code in its constraint name, or else conflict', (t) => {
  const { code, document } = problemOf(
    new RejectedError('email_taken', 'refused by users_2__email_taken'),
  )
  t.equal(code, 'email_taken')
  t.notOk(document.detail, 'the name of the constraint is not disclosed')
  t.equal(codeOf(new RejectedError('never_heard_of', 'x')), 'conflict')
  t.equal(codeOf(new RejectedError('toString', 'x')), 'conflict')
  t.end()
})

t.test('A rejection points at the field that it concerns, if the body has it', (t) => {
  for (const [code, field, fault] of [
    ['email_taken', 'email', 'taken'],
    ['username_taken', 'username', 'taken'],
    ['already_verified', 'username', 'already_verified'],
    ['wrong_password', 'currentPassword', 'wrong'],
    ['invalid_token', 'token', 'invalid_token'],
    ['recipient_unknown', 'to', 'unknown_user'],
    ['blocked', 'to', 'blocked'],
    ['not_found', 'upTo', 'unknown_message'],
  ] as const) {
    const rejected = new RejectedError(code, 'x')
    const { title: message, errors } = problemOf(rejected, { [field]: 'x' }).document
    t.same(errors, [{ pointer: `/${field}`, code: fault, message }])
    for (const body of [{ other: 1 }, [], null, undefined, 'x']) {
      t.notOk(problemOf(rejected, body).document.errors, `${code} for ${JSON.stringify(body)}`)
    }
  }
  const reused = problemOf(new RejectedError('idempotency_key_reused', 'x'), {})
  t.match(reused.document.errors, [{ parameter: 'Idempotency-Key', code: 'reused' }])
  const also = [new RejectedError('username_taken', 'x')]
  const several = problemOf(new RejectedError('email_taken', 'x', { also }), {
    email: 'x',
    username: 'x',
  })
  t.match(several.document.errors, [{ pointer: '/email' }, { pointer: '/username' }])
  t.end()
})

t.test('A domain error is sent with its own code and reason', (t) => {
  t.match(problemOf(new PasswordRefusedError({ code: 'too_short', message: 'Too short.' })), {
    code: 'password_refused',
    document: { detail: 'Too short.' },
  })
  t.match(problemOf(new OverloadedError(7)), {
    code: 'overloaded',
    headers: { 'Retry-After': '1' },
    document: { detail: /full; nothing was done/ },
  })
  const unknown = problemOf(new UnknownEventError('s', 'user_renamed_9', '12'))
  t.equal(unknown.code, 'unknown_event')
  t.ok(unknown.headers['Retry-After'])
  t.notMatch(JSON.stringify(unknown.document), 'user_renamed_9')
  t.end()
})

t.test('A database that cannot serve at the moment is unavailable', (t) => {
  const states = ['08006', '08P01', '28P01', '3D000', '53300', '57P01', '57P02', '57P03', '57014']
  for (const code of states) t.equal(codeOf(pgError(code)), 'unavailable', code)
  for (const message of [
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Cannot use a pool after calling end on the pool',
  ]) {
    t.equal(codeOf(new Error(message)), 'unavailable', message)
  }
  t.match(problemOf(pgError('57P03')), {
    headers: { 'Retry-After': '2' },
    document: { detail: /database is unavailable/ },
  })
  t.end()
})

t.test('An unreachable database is unavailable, whatever the connection error', async (t) => {
  const refusing = createServer()
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve))
  const { port } = refusing.address() as { port: number }
  await new Promise((resolve) => refusing.close(resolve))
  for (const at of [
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    'nowhere.invalid',
    '%2Fno%2Fsocket',
  ]) {
    const client = new pg.Client({ connectionString: `postgres://ada@${at}/x` })
    const error = await client.connect().then(
      () => undefined,
      (error: unknown) => error,
    )
    t.equal(codeOf(error), 'unavailable', at)
  }
})

t.test('A 4xx error of a plugin is sent as a problem without its own message', (t) => {
  const blamed = (statusCode: unknown) => Object.assign(new Error('/etc/passwd'), { statusCode })
  for (const [status, code] of [
    [403, 'not_found'],
    [404, 'not_found'],
    [412, 'version_mismatch'],
    [413, 'too_large'],
    [415, 'unsupported_media_type'],
    [416, 'validation_failed'],
    [400, 'malformed_request'],
    [418, 'malformed_request'],
    [500, 'internal'],
    [302, 'internal'],
    ['404', 'internal'],
  ] as const) {
    const problem = problemOf(blamed(status))
    t.equal(problem.code, code, `${status}`)
    t.notMatch(JSON.stringify(problem.document), 'passwd')
  }
  t.end()
})

t.test('A bug in a statement, or any other error, is internal without a detail', (t) => {
  for (const error of [pgError('42P01'), pgError('42501'), new TypeError('x'), 'text', undefined]) {
    const { code, document } = problemOf(error)
    t.equal(code, 'internal')
    t.notOk(document.detail)
  }
  t.end()
})
