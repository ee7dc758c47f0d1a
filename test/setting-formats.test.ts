// Settings that become part of links, headers, connections and paths: the one form of each, and what has none.
import { join } from 'node:path'
import t from 'tap'
import { ConfigError, loadConfig } from '../src/config.ts'
import { authority, localUrl } from '../src/setting-formats.ts'
import { checkout } from './support/markdown.ts'

/** For each variable: values with the form they are normalized to, and values that are refused. */
const formats = {
  TRUST_PROXY: {
    read: 'trustProxy',
    normalized: {
      '10.0.0.7': ['10.0.0.7'],
      ' 10.0.0.0/8,\n::1': ['10.0.0.0/8', '::1'],
      'FD00::/8': ['fd00::/8'],
      '[2001:DB8:0::7]': ['2001:db8::7'],
      'LoopBack,linklocal,uniquelocal,loopback': ['loopback', 'linklocal', 'uniquelocal'],
      '::ffff:10.0.0.7,::ffff:10.0.0.0/104': ['10.0.0.7', '10.0.0.0/8'],
    },
    refused: [
      ...['true', '1', '10.0.0.0/33', '::/0', '0.0.0.0/0', '10.0.0.0/8/8', '10.0.0', 'proxy'],
      ...['::ffff:0:0/96', '::ffff:10.0.0.0/8', 'fe80::1%eth0', '10.0.0.7:80', '10.0.0.0/', 'a b'],
    ],
  },
  CORS_ORIGINS: {
    read: 'corsOrigins',
    normalized: {
      'https://app.example/': ['https://app.example'],
      'HTTPS://App.Example': ['https://app.example'],
      'https://a.example:443, http://b.example:80/': ['https://a.example', 'http://b.example'],
      'http://[::1]:5173\n': ['http://[::1]:5173'],
      'https://exämple.org': ['https://xn--exmple-cua.org'],
      '*': ['*'],
    },
    refused: [
      ...['https://a.example/path', 'https://a.example?q', 'https://a.example#', 'null'],
      ...['https://ada@a.example', 'https://*.example', 'ftp://a.example', 'a.example'],
      ...['https://a.exa\nmple', 'https://a.example\nhttps://b.example', 'https:a.example'],
    ],
  },
  PUBLIC_URL: {
    read: 'publicUrl',
    normalized: {
      ' https://epistle.example ': 'https://epistle.example',
      'https://epistle.example\r\n': 'https://epistle.example',
      'HTTPS://Epistle.Example:443/App//': 'https://epistle.example/App',
      'https://épistle.example/äb': 'https://xn--pistle-9ua.example/%C3%A4b',
      'http://[::1]:3000/': 'http://[::1]:3000',
    },
    refused: [
      ...[
        'epistle.example',
        'epistle.example:443',
        'https:epistle.example',
        'https://',
        '//a.example',
      ],
      ...[
        'https://a.example?',
        'https://a.example/?q=1',
        'https://a.example/#x',
        'https://a.example#',
      ],
      ...['https://ada:sesame@a.example', 'https://ada@a.example', 'ftp://a.example'],
      ...['https://a.exa\nmple', 'https://a.example/a b', 'https://a.example/\u0000', 'http://a:0'],
    ],
  },
  HOST: {
    read: 'host',
    normalized: {
      '::1': '::1',
      '[::1]': '::1',
      ' 0.0.0.0\n': '0.0.0.0',
      'fe80::1%eth0': 'fe80::1%eth0',
      Localhost: 'localhost',
      'höst.example': 'xn--hst-sna.example',
    },
    refused: ['http://a.example', 'a.example:80', '[::1]:80', '127.0.0.1/8', 'a b', '[a]', '*'],
  },
  SMTP_URL: {
    read: 'smtpUrl',
    normalized: {
      ' smtp://mail.example:587\n': 'smtp://mail.example:587',
      'SMTPS://ada:sesame@Mail.Example/': 'smtps://ada:sesame@mail.example/',
      'smtp://ada%40a.example:p%25%2F%23@mail.example':
        'smtp://ada%40a.example:p%25%2F%23@mail.example',
      'smtp://exämple.org': 'smtp://xn--exmple-cua.org',
      'smtp://[::1]:25?requireTLS=true&tls.rejectUnauthorized=false':
        'smtp://[::1]:25?requireTLS=true&tls.rejectUnauthorized=false',
    },
    refused: [
      ...['smtp:mail.example', 'smtp://', 'smtp:///a', 'mail.example:25', 'http://mail.example'],
      ...['smtp://ada:50%@mail.example', 'smtp://ada:1/2@mail.example', 'smtp://mail.example#x'],
      ...[
        'smtp://mail.example:70000',
        'smtp://mail.example:0',
        'smtp://ma il.example',
        'smtp://a%2Fb.example',
      ],
      ...['smtp://mail.example?requiretls=true', 'smtp://mail.example?from=a@b.example'],
      ...['smtp://mail.example/path', 'smtp://mail.\nexample', 'smtp://ada:a#b@mail.example'],
    ],
  },
  MAIL_FROM: {
    read: 'mailFrom',
    normalized: {
      'ada@a.example': { name: '', address: 'ada@a.example' },
      ' Ada Ä. (test) <Ada+x@A.Example>\n': { name: 'Ada Ä. (test)', address: 'Ada+x@a.example' },
      '"Epistle, \\"Inc.\\"" <a@b.example>': { name: 'Epistle, "Inc."', address: 'a@b.example' },
      '<a@localhost>': { name: '', address: 'a@localhost' },
      'a@exämple.org': { name: '', address: 'a@xn--exmple-cua.org' },
      'a@例え.テスト': { name: '', address: 'a@xn--r8jz45g.xn--zckzah' },
    },
    refused: [
      ...[
        'a@x.org, b@x.org',
        'ädä@a.example',
        'a',
        '@a.example',
        'a@',
        'a@b@c.example',
        'a..b@c.example',
      ],
      ...[
        'a@[127.0.0.1]',
        'a@127.0.0.1',
        'a@b..c',
        'a@-b.example',
        'a@b_c.example',
        '"a b"@c.example',
      ],
      ...[
        'Ada\nBcc: b@x.org <a@x.org>',
        'Ada\t<a@x.org>',
        'Ada <a@x.org',
        `${'a'.repeat(65)}@b.example`,
      ],
      ...[
        'a@b.example\u0000',
        'a@b.example/c',
        'a@b.example#c',
        'a@b\n.example',
        `a@${'b'.repeat(64)}.example`,
      ],
    ],
  },
  MAIL_OUTBOX: {
    read: 'mailOutbox',
    normalized: { ' /tmp/my mails \n': '/tmp/my mails', 'out/box': join(checkout, 'out/box') },
    refused: ['~/outbox', '/tmp/a\nb', '/tmp/\u0000'],
  },
} as const

for (const [name, { read, normalized, refused }] of Object.entries(formats)) {
  t.test(`${name} is normalized once, and a value without a normal form is refused`, (t) => {
    for (const [given, form] of Object.entries(normalized)) {
      t.strictSame(loadConfig({ [name]: given })[read], form, JSON.stringify(given))
      const again = Array.isArray(form) ? form.join() : form
      if (typeof again === 'string') t.strictSame(loadConfig({ [name]: again })[read], form)
    }
    for (const given of refused) {
      t.throws(() => loadConfig({ [name]: given }), ConfigError, JSON.stringify(given))
    }
    t.end()
  })
}

t.test('A host in a link or a log line has brackets if it is an IPv6 address', (t) => {
  t.equal(authority('::1', 3000), '[::1]:3000')
  t.equal(authority('a.example', 3000), 'a.example:3000')
  t.equal(localUrl('fe80::1%eth0', 3000), 'http://[fe80::1]:3000')
  t.equal(localUrl('0.0.0.0', 3000), 'http://127.0.0.1:3000', 'no browser opens 0.0.0.0')
  t.equal(localUrl('::', 3000), 'http://[::1]:3000')
  t.end()
})
