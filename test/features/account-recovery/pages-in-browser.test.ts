// The pages that links in mails open, in a real browser, against a real service: however often a button is
// pressed or a page is loaded, it shows no error after a success. Skipped where no Chromium is installed.
import type { BrowserContext, Page, Route } from 'playwright-core'
import t from 'tap'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

needChromium(t)

const [{ server, arrive, client, mails, mailsTo, startWorker, untilNoTasksLeft }, browser] =
  await Promise.all([servedWithMail(t, { APP_URL: 'https://app.example' }), startChromium(t)])
await startWorker()
const newPassword = 'the next secret words'
const confirmed = 'Your e-mail address is confirmed.'
const changed = 'Your password was changed. Log in with the new password.'

/** The link in the verification mail of a new user, which leads to the server under test. */
async function verificationLink(name: string): Promise<string> {
  const { email } = await arrive(name)
  const [mail] = await mailsTo(email, /Confirm your e-mail address/)
  return linkIn(mail ?? {}).link.replace('https://epistle.example', server.url)
}

async function resetLink(name: string): Promise<string> {
  const { email } = await arrive(name)
  await client().POST('/password-resets', { body: { email } })
  const [mail] = await mailsTo(email, /Reset your Epistle password/)
  return linkIn(mail ?? {}).link.replace('https://epistle.example', server.url)
}

/** A window of its own, with the requests it posts; `handle` can hold or lose their responses. */
async function window(handle: (route: Route) => Promise<void> = (route) => route.continue()) {
  const context = await browser.newContext()
  t.teardown(() => context.close())
  const posts: string[] = []
  const errors: string[] = []
  await context.route('**/*', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    posts.push(route.request().url())
    await handle(route)
  })
  context.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) errors.push(message.text())
  })
  context.on('weberror', (error) => errors.push(String(error.error())))
  return { context, posts, errors }
}

async function open(context: BrowserContext, link: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  await page.goto(link)
  return page
}

async function shows(
  t: { pass(message: string): unknown },
  page: Page,
  text: string | RegExp,
): Promise<void> {
  await page.getByRole('status').filter({ hasText: text }).waitFor()
  t.pass(String(text))
}

/** Holds each response until `release`. */
function held() {
  const { promise, resolve: release } = Promise.withResolvers<void>()
  return { release, handle: (route: Route) => promise.then(() => route.continue()) }
}

t.test(
  'A double click confirms an address once, and each later look shows the result',
  async (t) => {
    const link = await verificationLink('ada')
    const { release, handle } = held()
    const { context, posts, errors } = await window(handle)
    const page = await open(context, link)
    await page.getByRole('button').dblclick()
    await page.getByRole('button').click({ force: true })
    await shows(t, page, 'Please wait')
    release()
    await shows(t, page, confirmed)
    t.notMatch(page.url(), 'token', 'the token leaves the address bar')
    await page.reload()
    await shows(t, page, confirmed)
    await page.goto('about:blank')
    await page.goBack()
    await shows(t, page, confirmed)
    await page.goto(link)
    await shows(t, page, confirmed)
    await shows(t, await open(context, link), confirmed)
    t.equal(posts.length, 1)
    t.strictSame(errors, [], 'the Content-Security-Policy permits all of it')
  },
)

t.test('Enter pressed twice sets a password once, after a password that is refused', async (t) => {
  const { context, posts, errors } = await window()
  const page = await open(context, await resetLink('bob'))
  const field = page.getByLabel('New password')
  // As a password manager does. The address is in no request, and the link does not contain it.
  const email = page.locator('input[autocomplete=username]')
  t.equal(await email.inputValue(), '')
  await email.fill('bob@example.org')
  const next = page.getByRole('link', { name: 'Continue to Epistle' })
  t.notOk(await next.isVisible())
  await field.fill('password')
  await field.press('Enter')
  await shows(t, page, /common/)
  await field.fill(newPassword)
  await page.evaluate(`for (let n = 0; n < 3; n += 1) document.forms[0].requestSubmit()`)
  await shows(t, page, changed)
  t.equal(await next.getAttribute('href'), 'https://app.example')
  await page.reload()
  await shows(t, page, changed)
  t.ok(await next.isVisible(), 'the link stays')
  t.equal(posts.length, 2)
  t.strictSame(errors, [])
})

t.test('Of two tabs with one link the slower shows the result of the faster', async (t) => {
  const { release, handle } = held()
  const { context } = await window(handle)
  const link = await verificationLink('cid')
  const tabs = [await open(context, link), await open(context, link)]
  for (const tab of tabs) await tab.getByRole('button').click()
  release()
  for (const tab of tabs) await shows(t, tab, confirmed)
})

t.test('A page whose first answer was lost does not call its link used', async (t) => {
  let isLost = true
  const { context } = await window(async (route) => {
    const response = await route.fetch()
    if (isLost) await route.abort()
    else await route.fulfill({ response })
    isLost = false
  })
  const page = await open(context, await verificationLink('dan'))
  await page.getByRole('button').click()
  await shows(t, page, /cannot be reached/)
  await page.reload()
  await page.getByRole('button').click()
  await shows(t, page, /Your first attempt may have worked/)
})

t.test('A new link in the same tab gets a form of its own', async (t) => {
  const { context } = await window()
  const page = await open(context, await verificationLink('eva'))
  await page.getByRole('button').click()
  await shows(t, page, confirmed)
  await page.goto(await verificationLink('fay'))
  await page.getByRole('button').click()
  await shows(t, page, confirmed)
})

t.test('The link of a notice ends the session, and the reset link can be declined', async (t) => {
  for (const [name, wantsReset] of [
    ['ines', true],
    ['june', false],
  ] as const) {
    const { email } = await arrive(name)
    const [first] = await mailsTo(email, /Confirm your e-mail address/)
    const body = { token: linkIn(first ?? {}).token }
    await client().POST('/email-verifications', { body })
    const { context, posts, errors } = await window()
    const login = { data: { email, password }, headers: { 'user-agent': 'another device' } }
    await context.request.post(`${server.url}/sessions`, login)
    const [mail] = await mailsTo(email, /^New login/)
    const page = await open(
      context,
      linkIn(mail ?? {}).link.replace('https://epistle.example', server.url),
    )
    const box = page.getByLabel('Send me a link to choose a new password')
    t.ok(await box.isChecked())
    if (!wantsReset) await box.uncheck()
    await page.getByRole('button').dblclick()
    await shows(t, page, 'The session has ended.')
    await untilNoTasksLeft()
    const resets = mails.filter(
      ({ recipients, subject }) => recipients.includes(email) && /^Reset/.test(subject ?? ''),
    )
    t.equal(resets.length, wantsReset ? 1 : 0)
    t.equal(posts.length, 1)
    t.strictSame(errors, [])
  }
})

/** Opens the link of the mail with this subject in a window of its own, and presses the button. */
async function follow(
  t: { pass(message: string): unknown },
  email: string,
  subject: RegExp,
  text: string,
) {
  const [mail] = await mailsTo(email, subject)
  const { context, posts, errors } = await window()
  const { link } = linkIn(mail ?? {})
  const page = await open(context, link.replace('https://epistle.example', server.url))
  await page.getByRole('button').dblclick()
  await shows(t, page, text)
  return { posts: posts.length, errors }
}

t.test('The links about an address change it, and set it back', async (t) => {
  const kate = await arrive('kate')
  await follow(t, kate.email, /^Confirm your e-mail/, confirmed)
  const body = { newEmail: 'katherine@example.org', currentPassword: password }
  await kate.client.POST('/users/me/email-changes', { body })
  const once = { posts: 1, errors: [] }
  t.strictSame(
    await follow(t, body.newEmail, /^Confirm your new/, 'Your e-mail address was changed.'),
    once,
  )
  t.match((await kate.client.GET('/users/me')).data, { email: body.newEmail, emailVerified: true })
  t.strictSame(await follow(t, kate.email, /was changed$/, 'Your address is back.'), once)
  t.equal((await kate.client.GET('/users/me')).response.status, 401)
})

t.test('The link about a deletion restores the account', async (t) => {
  const lena = await arrive('lena')
  await lena.client.POST('/users/me/deletion', { body: { currentPassword: password } })
  const text = 'Your account is back.'
  t.strictSame(await follow(t, lena.email, /was deleted$/, text), { posts: 1, errors: [] })
  const login = { email: lena.email, password }
  t.equal((await client().POST('/sessions', { body: login })).response.status, 201)
})
