// The catalogue and the sources that refer to it agree in both directions.
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  isProblemCode,
  type ProblemCode,
  problems,
} from '../../../../src/platform/http/problems/catalogue.ts'
import { Problem } from '../../../../src/platform/http/problems/problem.ts'

const checkout = join(import.meta.dirname, '..', '..', '..', '..')
const codes = Object.keys(problems) as ProblemCode[]

/** Where sources contain a code: thrown, in an error class, or in the name of a constraint. */
const statements = [
  /new Problem\(\s*'([a-z_]+)'/g,
  /new RejectedError\(\s*'([a-z_]+)'/g,
  /extends Error[\s\S]{0,200}?\bcode = '([a-z_]+)'/g,
  /\b[a-z_]+(?:_\d+)?__([a-z_]+)/g,
]

/**
 * Constraints that no request can violate, because an earlier check rejects it. Their codes are for
 * authors of SQL; over HTTP they would be `conflict`.
 */
const answeredAsConflict = [
  'actor_malformed',
  'already_appended',
  'already_left',
  'block_malformed',
  'end_malformed',
  'expiry_malformed',
  'idle_days_malformed',
  'kept_malformed',
  'label_malformed',
  'note_malformed',
  'number_taken',
  'outcome_malformed',
  'reason_malformed',
  'reservation_malformed',
  'sender_unknown',
  'token_taken',
  'up_to_malformed',
  'user_agent_malformed',
  'user_unknown',
  'username_malformed',
]

/**
 * The engine's own errors appear on the command line, never over HTTP. The writer looks up what became of an
 * `unconfirmed` append.
 */
const notOverHttp = [
  'unconfirmed',
  'not_installable',
  'release_malformed',
  'history_refused',
  'locked',
  'not_possible_now',
]

async function statedCodes(): Promise<Set<string>> {
  const stated = new Set<string>(['validation_failed', 'unauthenticated'])
  for await (const file of glob('{src,db}/**/*.{ts,sql}', { cwd: checkout })) {
    const source = await readFile(join(checkout, file), 'utf8')
    for (const pattern of statements) {
      for (const [, code = ''] of source.matchAll(pattern)) stated.add(code)
    }
  }
  return stated
}

t.test('Every code in the sources is in the catalogue', async (t) => {
  const stated = await statedCodes()
  for (const code of ['email_taken', 'recipient_unknown', 'overloaded', 'wrong_password']) {
    t.ok(stated.has(code), `${code} is found in the sources`)
  }
  const missing = [...stated].filter((code) => !isProblemCode(code))
  t.same(missing.sort(), [...answeredAsConflict, ...notOverHttp].sort())
})

t.test('Every code of the catalogue is used in the sources', async (t) => {
  const stated = await statedCodes()
  t.same(
    codes.filter((code) => !stated.has(code)),
    [],
  )
})

t.test('Every problem has an explanation, and Retry-After where a retry helps', (t) => {
  for (const code of codes) {
    const { status, title, explanation } = problems[code]
    t.match(code, /^[a-z]+(_[a-z]+)*$/)
    t.ok(status >= 400 && status < 600 && title.length > 10 && explanation.length > 40, code)
    const { headers, document } = new Problem(code)
    t.equal('Retry-After' in headers, status === 429 || status === 503, code)
    t.same(document, { type: `/problems/${code}`, title, status, code })
  }
  t.end()
})

t.test('A problem contains its details, and nothing of its cause', (t) => {
  const problem = new Problem('overloaded', {
    detail: 'Full.',
    retryAfter: 9,
    headers: { 'X-More': 'yes' },
    cause: new Error('secret'),
  })
  t.match(problem.document, { detail: 'Full.', code: 'overloaded' })
  t.same(problem.headers, { 'Retry-After': '9', 'X-More': 'yes' })
  t.notMatch(JSON.stringify(problem.document), 'secret')
  t.end()
})
