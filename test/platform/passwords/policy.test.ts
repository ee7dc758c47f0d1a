// Each reason for which the policy rejects a password, and how the length is counted.
import fc from 'fast-check'
import t from 'tap'
import {
  isTooLong,
  judgePassword,
  normalizePassword,
  type PasswordOwner,
  PasswordRefusedError,
} from '../../../src/platform/passwords/policy.ts'

const ada: PasswordOwner = { email: 'Augusta.Ada@example.org', username: 'ada.lovelace' }

const unnamed: PasswordOwner = { email: 'jose\u0301.luis@example.org', username: null }

/** The reason for which the policy rejects a password, or `accepted`. */
function judge(password: string, { owner = ada, minLength = 8 }: Options = {}): string {
  try {
    judgePassword(password, owner, minLength)
    return 'accepted'
  } catch (error) {
    if (error instanceof PasswordRefusedError) return error.reason
    throw error
  }
}
interface Options {
  readonly owner?: PasswordOwner
  readonly minLength?: number
}

t.test('a password of a few unrelated words is accepted', async (t) => {
  t.equal(judge('correct horse battery staple'), 'accepted')
})

t.test('a short password is rejected with its length and the minimum', async (t) => {
  t.match(judge('w0mbat!'), /has 7 characters; at least 8/)
  t.equal(judge('w0mbat!7'), 'accepted')
  t.match(judge('w0mbat!7', { minLength: 9 }), /at least 9/)
})

t.test('a password of more than 256 characters is rejected', async (t) => {
  t.equal(judge(`${'ab '.repeat(85)}c`), 'accepted')
  t.match(judge(`${'ab '.repeat(85)}cd`), /has 257 characters; at most 256/)
})

t.test(
  'password lengths are counted in code points, not in halves of surrogate pairs',
  async (t) => {
    t.match(judge('🦉🦊🐢🦔'), /has 4 characters/)
    t.equal(judge('🦉🦊🐢🦔🦡🐿🐌🐞'), 'accepted')
    t.equal(judge('🦉'.repeat(256)), 'accepted')
    t.match(judge('🦉'.repeat(257)), /has 257 characters/)
  },
)

t.test(
  'password lengths are counted after NFC, so a combining accent does not count',
  async (t) => {
    t.match(judge('e\u0301'.repeat(7)), /has 7 characters/)
    t.equal(judge('e\u0301'.repeat(256)), 'accepted')
  },
)

t.test('a far too long password is rejected without NFC', async (t) => {
  // Sorting these accents even once takes longer than the time limit of a test.
  const accents = 2 ** 19
  const bomb = `a${'\u0301'.repeat(accents)}${'\u0316'.repeat(accents)}`
  t.match(judge(bomb), /more than 1024 characters; at most 256/)
  t.equal(isTooLong(bomb), true)
  t.throws(() => normalizePassword(bomb), PasswordRefusedError)
})

t.test('no password that fits after NFC is rejected as far too long before it', async (t) => {
  // No character consists of more than four code points, and this one has four.
  const [longest, character] = ['\u03b1\u0313\u0300\u0345', '\u1f82']
  t.equal(longest.normalize('NFC'), character)
  t.equal(judge(longest.repeat(256)), 'accepted')
  t.equal(isTooLong(longest.repeat(256)), false)
  const lengths = Array.from({ length: 0x11_0000 }, (_, codePoint) => {
    return [...String.fromCodePoint(codePoint).normalize('NFD')].length
  })
  t.equal(
    lengths.reduce((a, b) => Math.max(a, b)),
    4,
  )
})

t.test('a common password is rejected in any case', async (t) => {
  for (const password of ['password', 'iloveyou', 'PassWord1', 'QWERTYUIOP']) {
    t.match(judge(password), /list of common passwords/)
  }
})

t.test('the e-mail address and its first part are rejected as passwords', async (t) => {
  t.match(judge('augusta.ada@EXAMPLE.org'), /e-mail address;/)
  t.match(judge('AUGUSTA.ADA'), /before the @/)
})

t.test('the username is rejected as a password', async (t) => {
  t.match(judge('Ada.Lovelace'), /username/)
  t.equal(judge('Ada.Lovelace', { owner: unnamed }), 'accepted', 'a user without a username')
})

t.test('passwords are compared with names after NFC', async (t) => {
  t.match(judge('jos\u00e9.luis', { owner: unnamed }), /before the @/)
})

t.test('passwords that look the same are the same after normalization', async (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (text) => normalizePassword(text.normalize('NFD')) === normalizePassword(text),
    ),
  )
  t.equal(normalizePassword('e\u0301'), '\u00e9')
})
