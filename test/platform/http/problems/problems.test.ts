// The catalogue and the code that refers to it, held against each other.
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

/** Where a code is stated: thrown, carried by an error, or in the name of a constraint. */
const statements = [
  /new Problem\(\s*'([a-z_]+)'/g,
  /new RejectedError\(\s*'([a-z_]+)'/g,
  /extends Error[\s\S]{0,200}?\bcode = '([a-z_]+)'/g,
  /\b[a-z_]+(?:_\d+)?__([a-z_]+)/g,
]

/**
 * Constraints that no call can run into, because something before them refuses: what they name is
 * for whoever writes SQL, and would be answered as `conflict`.
 */
const answeredAsConflict = [
  'already_appended',
  'block_malformed',
  'number_taken',
  'sender_unknown',
  'token_taken',
  'up_to_malformed',
  'user_unknown',
  'username_malformed',
]

/** The engine's own errors reach a person at the terminal, never a caller. */
const notOverHttp = [
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

t.test('every code that the sources state is in the catalogue', async (t) => {
  const stated = await statedCodes()
  for (const code of ['email_taken', 'recipient_unknown', 'overloaded', 'wrong_password']) {
    t.ok(stated.has(code), `${code} is found where it is stated`)
  }
  const missing = [...stated].filter((code) => !isProblemCode(code))
  t.same(missing.sort(), [...answeredAsConflict, ...notOverHttp].sort())
})

t.test('every code of the catalogue is stated somewhere', async (t) => {
  const stated = await statedCodes()
  t.same(
    codes.filter((code) => !stated.has(code)),
    [],
  )
})

t.test('every problem says what it means, and when to try again where that helps', (t) => {
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

t.test('a problem carries what its thrower adds, and nothing of its cause', (t) => {
  const problem = new Problem('overloaded', {
    detail: 'Full.',
    members: { waiting: 3 },
    retryAfter: 9,
    headers: { 'X-More': 'yes' },
    cause: new Error('secret'),
  })
  t.match(problem.document, { detail: 'Full.', waiting: 3, code: 'overloaded' })
  t.same(problem.headers, { 'Retry-After': '9', 'X-More': 'yes' })
  t.notMatch(JSON.stringify(problem.document), 'secret')
  t.end()
})
