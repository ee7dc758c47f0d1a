// The addresses, usernames and passwords that the schemas accept.
import t from 'tap'
import { toShownEmail } from '../../../src/features/users/email.ts'
import {
  emailCandidate,
  newEmail,
  newUsername,
  passwordCandidate,
} from '../../../src/features/users/schemas.ts'

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
    'ada@@example.org',
    'ada@１２７.０.０.１',
    'ada@bücher',
    'ada@ü/x.example',
    'ada@ü%41.example',
    'ada@אa.example',
    'a\u200bda@example.org',
    `ada@${'ü'.repeat(64)}.example`,
    `${local}@${`${'ü'.repeat(40)}.`.repeat(4)}example`,
    `${local}a@example.org`,
    `${local}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(59)}.ee`,
  ]) {
    t.equal(newEmail.safeParse(email).success, false, JSON.stringify(email))
  }
})

t.test('Spaces around an address are removed, at registration and at login', async (t) => {
  for (const spaces of [' ', '\t', '\r\n', '\u00a0', '\u3000', '\ufeff', ' '.repeat(300)]) {
    const given = `${spaces}ada@example.org${spaces}`
    t.equal(newEmail.parse(given), 'ada@example.org', JSON.stringify(spaces))
    t.equal(emailCandidate.parse(given), 'ada@example.org', JSON.stringify(spaces))
  }
})

t.test(
  'All forms of an internationalized domain are stored as one, and shown in Unicode',
  async (t) => {
    for (const [stored, shown, ...others] of [
      [
        'Ada@xn--bcher-kva.example',
        'Ada@bücher.example',
        'Ada@BÜCHER.example',
        'Ada@bu\u0308cher.example',
      ],
      ['Ada@xn--strae-oqa.de', 'Ada@straße.de'],
      ['Ada@xn--r8jz45g.xn--zckzah', 'Ada@例え.テスト', 'Ada@例え。テスト'],
      ['Ada@example.org', 'Ada@example.org', 'Ada@ｅxample.org', 'Ada@ex\u00adample.org'],
    ] as const) {
      for (const given of [stored, shown, ...others]) {
        t.equal(newEmail.parse(given), stored, given)
        t.equal(emailCandidate.parse(given), stored, given)
      }
      t.equal(toShownEmail(stored), shown)
    }
    for (const broken of ['x', '', 'a@xn--zzzzzz99999.com', 'a@[::1]'])
      t.equal(toShownEmail(broken), broken)
  },
)

t.test('A rejected address gets a sentence that explains why', async (t) => {
  for (const [email, why] of [
    ['ada', /expected an e-mail address, such as/],
    ['ädä@example.org', /other than ASCII characters before the @/],
    ['ädä@bücher.example', /other than ASCII characters before the @/],
    ['"ada"@example.org', /quotation marks/],
    ['"a d@a"@example.org', /quotation marks/],
    ['ada@[192.0.2.1]', /domain name/],
  ] as const) {
    t.match(newEmail.safeParse(email).error?.issues, [{ message: why }], email)
    t.ok(emailCandidate.safeParse(email).success, 'a login does not judge it')
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
  for (const name of ['null', 'Administrator', 'undefined', 'ad.min', '_root_', 'n.u.l.l']) {
    t.match(newUsername.safeParse(name).error?.issues, [{ message: /reserved/ }], name)
  }
  t.equal(newUsername.parse('admin2'), 'admin2', 'longer names are not reserved')
})

t.test('A username without any letter or digit is rejected', async (t) => {
  for (const name of ['...', '___', '---', '._-']) {
    t.match(newUsername.safeParse(name).error?.issues, [{ message: /letter or digit/ }], name)
  }
  t.equal(newUsername.parse('..1'), '..1')
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
