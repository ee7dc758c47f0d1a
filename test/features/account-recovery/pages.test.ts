// The pages that links in mails open. Their scripts run here against a fake browser, and against a real one
// in pages-in-browser.test.ts.
import { createHash } from 'node:crypto'
import t from 'tap'
import { accountRecoveryPages, pagePaths } from '../../../src/features/account-recovery/pages.ts'
import { bareApp } from '../../support/http/bare-app.ts'
import { readDocument } from '../../support/markdown.ts'

const { app } = await bareApp(t, (app) =>
  accountRecoveryPages(app, {
    productName: 'A & B',
    appUrl: 'https://app.example',
    defaultLanguage: 'en',
  }),
)

/** Presses the button of a page twice at once; returns the requests it sends and the message it shows. */
async function press(path: string, hash: string, status: number, problem: object = {}) {
  const { body } = await app.inject({ url: path })
  const [, script = ''] = /<script>(.*)<\/script>/s.exec(body) ?? []
  const [, to, done] = /<form data-to="(.*?)" data-done="(.*?)">/.exec(body) ?? []
  const sent: unknown[] = []
  let submit: (event: object) => Promise<void> = async () => undefined
  const form = {
    dataset: { to, done },
    addEventListener: (_: string, listener: typeof submit) => {
      submit = listener
    },
    remove: () => undefined,
  }
  const username = { value: '', disabled: true, parentNode: { hidden: true } }
  const elements: Record<string, object> = {
    form,
    button: {},
    '[role=status]': {},
    '#username': username,
  }
  const fields = () => ({
    ...(!username.disabled && { username: username.value }),
    ...(body.includes('name="newPassword"') && { newPassword: 'new' }),
  })
  const history = { state: null, replaceState: (state: null) => Object.assign(history, { state }) }
  const browser = {
    document: { querySelector: (what: string) => elements[what] },
    location: { hash, pathname: path, search: '' },
    history,
    localStorage: { getItem: () => null, setItem: () => undefined },
    addEventListener: () => undefined,
    fetch: async (url: string, { body }: { body: string }) => {
      sent.push(url, JSON.parse(body))
      return { ok: status < 300, status, json: async () => problem }
    },
    FormData: class {
      *[Symbol.iterator]() {
        yield* Object.entries(fields())
      }
    },
  }
  new Function(...Object.keys(browser), script)(...Object.values(browser))
  const event = { preventDefault: () => undefined }
  await Promise.all([submit(event), submit(event)])
  return { sent, message: Reflect.get(elements['[role=status]'] ?? {}, 'textContent') }
}

t.test('A page posts the token from its URL once and shows the result', async (t) => {
  t.strictSame(await press('/verify-email', '#token=abc', 204), {
    sent: ['email-verifications', { token: 'abc' }],
    message: 'Your e-mail address is confirmed.',
  })
  t.strictSame(await press('/verify-email', '#token=abc&username=ada', 204), {
    sent: ['email-verifications', { token: 'abc', username: 'ada' }],
    message: 'Your e-mail address is confirmed.',
  })
  t.match((await press('/verify-email', '#token=abc&username=', 204)).sent, [/./, { token: 'abc' }])
  const taken = { code: 'username_taken', title: 'The username is taken' }
  t.match(await press('/verify-email', '#token=abc&username=ada', 409, taken), {
    message: 'The username is taken',
  })
  const rejected = { code: 'password_refused', title: 'Too easy', detail: 'It is a common one.' }
  const weak = await press('/reset-password', '#token=abc', 422, rejected)
  t.strictSame(weak, {
    sent: ['password-resets/confirm', { token: 'abc', newPassword: 'new' }],
    message: 'It is a common one.',
  })
})

t.test(
  'A page reports a used, replaced or truncated link without mentioning a token',
  async (t) => {
    const invalid = { code: 'invalid_token', title: 'The token is not valid' }
    for (const hash of ['#token=abc', '', '#token=']) {
      const problem = hash === '#token=abc' ? invalid : { code: 'validation_failed', title: 'No' }
      const { message } = await press('/verify-email', hash, 422, problem)
      t.match(message, /^This link has expired or was already used/, hash)
      t.notMatch(message, 'token')
    }
  },
)

t.test(
  'Each page posts to an operation that takes a token, and OPERATIONS.md names both',
  async (t) => {
    const document = JSON.parse(await readDocument('openapi/openapi.json'))
    const operations = await readDocument('db/OPERATIONS.md')
    const json = 'application/json'
    for (const path of pagePaths) {
      const { body } = await app.inject({ url: path })
      const [, to = ''] = /<form data-to="(.*?)"/.exec(body) ?? []
      const { $ref = '' } = document.paths[`/${to}`]?.post?.requestBody.content[json].schema ?? {}
      const { properties } = document.components.schemas[$ref.split('/').at(-1)] ?? {}
      t.match(properties, { token: Object }, `${path} posts to /${to}`)
      t.match(operations, `| \`${path}\` | \`POST /${to}\``)
    }
  },
)

for (const path of pagePaths) {
  t.test(`${path} allows only its own script and style`, async (t) => {
    const { statusCode, headers, body } = await app.inject({ url: path })
    t.equal(statusCode, 200)
    const policy = String(headers['content-security-policy'])
    for (const element of ['script', 'style']) {
      const [, text = ''] = new RegExp(`<${element}>(.*)</${element}>`, 's').exec(body) ?? []
      const hash = createHash('sha256').update(text).digest('base64')
      t.match(policy, `${element}-src 'sha256-${hash}'`)
    }
    t.match(policy, "default-src 'none'")
    t.match(headers, { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })

  t.test(`${path} is accessible by screen reader and keyboard`, async (t) => {
    const { body } = await app.inject({ url: path })
    t.match(body, '<html lang="en">')
    t.match(body, '<p role="status">', 'screen readers read the result aloud')
    for (const [, id] of body.matchAll(/<input id="(\w+)"/g)) {
      t.match(body, `<label for="${id}">`)
    }
    t.equal(body.match(/<button>/g)?.length, 1)
  })
}

t.test(
  'A page is in the language of its link, or else of the browser, or else English',
  async (t) => {
    const ask = async (url: string, language?: string) => {
      const headers = language === undefined ? {} : { 'accept-language': language }
      const { body } = await app.inject({ url, headers })
      return body.match(
        /(?<=<html lang=")\w+|(?<=<title>).*(?=<\/title>)|(?<=<a href=").*(?=<\/a>)/g,
      )
    }
    const next = 'https://app.example">'
    const german = ['de', 'E-Mail-Adresse bestätigen · A &amp; B', `${next}Weiter zu A &amp; B`]
    const english = [
      'en',
      'Confirm your e-mail address · A &amp; B',
      `${next}Continue to A &amp; B`,
    ]
    t.strictSame(await ask('/verify-email?lang=de', 'en'), german)
    t.strictSame(await ask('/verify-email?lang=en', 'de'), english)
    t.strictSame(await ask('/verify-email?lang=xx', 'fr, de-AT;q=0.5'), german)
    t.strictSame(await ask('/verify-email', 'fr'), english)
    t.strictSame(await ask('/verify-email', '*'), english)
    t.strictSame(await ask('/verify-email?lang=__proto__'), english)
  },
)
