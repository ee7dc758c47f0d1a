// The addresses, usernames and passwords that the schemas accept.
import t from 'tap'
import { newEmail, newUsername, passwordCandidate } from '../../../src/features/users/schemas.ts'

t.test('An e-mail address is kept as given', async (t) => {
  const local = 'a'.repeat(64)
  for (const email of [
    'ada@example.org',
    'Ada.Lovelace+epistle@Example.ORG',
    "o'neill!#$%&*/=?^_`{|}~-@sub-domain.example.co",
    'a@xn--bcher-kva.xn--p1ai',
    `${local}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.ee`,
  ]) {
    t.equal(newEmail.parse(email), email)
  }
})

t.test('An invalid e-mail address is rejected', async (t) => {
  const local = 'a'.repeat(64)
  for (const email of [
    '',
    'ada',
    'ada@',
    '@example.org',
    'ada@example',
    'ada@example..org',
    'ada@-example.org',
    'ada@example.123',
    '.ada@example.org',
    'ada.@example.org',
    'ada..l@example.org',
    'ada lovelace@example.org',
    'ada@exam ple.org',
    'ada@example.org\n',
    'ada@@example.org',
    'ädä@example.org',
    '"ada"@example.org',
    `${local}a@example.org`,
    `${local}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(59)}.ee`,
  ]) {
    t.equal(newEmail.safeParse(email).success, false, JSON.stringify(email))
  }
})

t.test('A username is converted to lower case', async (t) => {
  t.equal(newUsername.parse('Ada.L_0-x'), 'ada.l_0-x')
  t.equal(newUsername.parse('abc'), 'abc')
  t.equal(newUsername.parse('a'.repeat(30)), 'a'.repeat(30))
})

t.test('A username with a wrong length or wrong characters is rejected', async (t) => {
  for (const name of ['ab', 'a'.repeat(31), 'ad a', 'adä', 'ada!', 'ada\n', '\u212aelvin']) {
    t.equal(newUsername.safeParse(name).success, false, JSON.stringify(name))
  }
})

t.test('A reserved username is rejected in any case', async (t) => {
  for (const name of ['epistle', 'ADMIN', 'root', 'Support', 'system', 'me']) {
    t.equal(newUsername.safeParse(name).success, false, name)
  }
  t.equal(newUsername.parse('admin2'), 'admin2', 'only the exact names are reserved')
})

t.test('A password has at most 256 characters after NFC', async (t) => {
  t.ok(passwordCandidate.safeParse('').success)
  t.ok(passwordCandidate.safeParse('e\u0301'.repeat(256)).success)
  t.ok(passwordCandidate.safeParse('🦉'.repeat(256)).success)
  t.notOk(passwordCandidate.safeParse('x'.repeat(257)).success)
})

t.test('A password too long for NFC to finish is rejected before normalization', async (t) => {
  const bomb = `a${'\u0301'.repeat(2 ** 19)}${'\u0316'.repeat(2 ** 19)}`
  t.match(passwordCandidate.safeParse(bomb).error?.issues, [
    { message: 'expected at most 256 characters' },
  ])
})
