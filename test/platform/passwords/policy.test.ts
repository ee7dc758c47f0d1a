// Each reason for which a password is refused, and how its length is counted.
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

const early: PasswordOwner = { email: 'jose\u0301.luis@example.org', username: null }

/** Why the policy refuses a password, or that it takes it. */
function verdict(password: string, { owner = ada, minLength = 8 }: Options = {}): string {
  try {
    judgePassword(password, owner, minLength)
    return 'taken'
  } catch (error) {
    if (error instanceof PasswordRefusedError) return error.reason
    throw error
  }
}
interface Options {
  readonly owner?: PasswordOwner
  readonly minLength?: number
}

t.test('a password of a few unrelated words is taken', async (t) => {
  t.equal(verdict('correct horse battery staple'), 'taken')
})

t.test('a password that is too short is refused, with both lengths', async (t) => {
  t.match(verdict('w0mbat!'), /has 7 characters; at least 8/)
  t.equal(verdict('w0mbat!7'), 'taken')
  t.match(verdict('w0mbat!7', { minLength: 9 }), /at least 9/)
})

t.test('a password of more than 256 characters is refused', async (t) => {
  t.equal(verdict(`${'ab '.repeat(85)}c`), 'taken')
  t.match(verdict(`${'ab '.repeat(85)}cd`), /has 257 characters; at most 256/)
})

t.test('lengths are counted in code points, not in halves of surrogate pairs', async (t) => {
  t.match(verdict('🦉🦊🐢🦔'), /has 4 characters/)
  t.equal(verdict('🦉🦊🐢🦔🦡🐿🐌🐞'), 'taken')
  t.equal(verdict('🦉'.repeat(256)), 'taken')
  t.match(verdict('🦉'.repeat(257)), /has 257 characters/)
})

t.test('lengths are counted after NFC, so that an accent is no character of its own', async (t) => {
  t.match(verdict('e\u0301'.repeat(7)), /has 7 characters/)
  t.equal(verdict('e\u0301'.repeat(256)), 'taken')
})

t.test('a password that is far too long is refused as it came, without NFC', async (t) => {
  // To bring these accents into order, once, would take longer than a test may.
  const accents = 2 ** 19
  const bomb = `a${'\u0301'.repeat(accents)}${'\u0316'.repeat(accents)}`
  t.match(verdict(bomb), /more than 1024 characters; at most 256/)
  t.equal(isTooLong(bomb), true)
  t.throws(() => normalizePassword(bomb), PasswordRefusedError)
})

t.test('no password that fits after NFC is far too long before', async (t) => {
  // Four code points are the most that one character is made of, and these are such.
  const [longest, character] = ['\u03b1\u0313\u0300\u0345', '\u1f82']
  t.equal(longest.normalize('NFC'), character)
  t.equal(verdict(longest.repeat(256)), 'taken')
  t.equal(isTooLong(longest.repeat(256)), false)
  const lengths = Array.from({ length: 0x11_0000 }, (_, codePoint) => {
    return [...String.fromCodePoint(codePoint).normalize('NFD')].length
  })
  t.equal(
    lengths.reduce((a, b) => Math.max(a, b)),
    4,
  )
})

t.test('a common password is refused, whatever its case', async (t) => {
  for (const password of ['password', 'iloveyou', 'PassWord1', 'QWERTYUIOP']) {
    t.match(verdict(password), /list of common ones/)
  }
})

t.test('the e-mail address is no password, nor is its first part', async (t) => {
  t.match(verdict('augusta.ada@EXAMPLE.org'), /e-mail address\./)
  t.match(verdict('AUGUSTA.ADA'), /before the @/)
})

t.test('the username is no password', async (t) => {
  t.match(verdict('Ada.Lovelace'), /username/)
  t.equal(verdict('Ada.Lovelace', { owner: early }), 'taken', 'of whom has none')
})

t.test('names are compared in the form they have after NFC', async (t) => {
  t.match(verdict('jos\u00e9.luis', { owner: early }), /before the @/)
})

t.test('what looks the same is the same password', async (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (text) => normalizePassword(text.normalize('NFD')) === normalizePassword(text),
    ),
  )
  t.equal(normalizePassword('e\u0301'), '\u00e9')
})
