// The documentation page in a real browser, after the walk in openapi/README.md: after a login, operations succeed as
// their forms are filled. Only tokens of e-mails are typed. One operation of each kind takes ten seconds, and all of them
// a minute and more: `npm run soak -- docs`. Skipped where no Chromium is installed.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { needChromium, startChromium } from '../../../support/chromium.ts'
import { servedWithMail } from '../../../support/http/served-with-mail.ts'
import { checkout, readDocument, steps } from '../../../support/markdown.ts'
import { linkIn } from '../../../support/smtp-server.ts'

needChromium(t)

const [{ server, client, mailsTo, startWorker, untilNoTasksLeft }, browser] = await Promise.all([
  servedWithMail(t),
  startChromium(t),
])
await startWorker()
const walk = steps(await readDocument('openapi/README.md'), 'bash').map(({ run }) => run)
await promisify(execFile)('bash', ['-c', walk.join('\n')], {
  cwd: checkout,
  env: { ...process.env, BASE: server.url },
})
await untilNoTasksLeft()

const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
page.setDefaultTimeout(10_000)
const errors: string[] = []
page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
page.on('pageerror', (error) => errors.push(String(error)))
// Chromium takes most of a second to draw the problems of one operation, which this test is not about.
await page.route('**/docs/json', async (route) => {
  const response = await route.fetch()
  const withoutProblems = (name: string, value: unknown) =>
    /^[45]..$/.test(name) ? undefined : value
  await route.fulfill({
    response,
    body: JSON.stringify(JSON.parse(await response.text(), withoutProblems)),
  })
})
await page.goto(`${server.url}/docs`)

/** In the path, in the query, a body, a header, a download. */
const kinds = ['getUser', 'listMessages', 'sendMessage', 'editMessage', 'exportAccount']
const isComplete = process.env.SOAK_DOCS === 'all'

const form = (operationId: string) => page.locator(`.opblock[id$="-${operationId}"]`)

/** Opens the form unless it is open. */
async function open(operationId: string) {
  const operation = form(operationId)
  await operation.waitFor()
  if (!(await operation.locator('.execute').isVisible()))
    await operation.locator('.opblock-summary-control').click()
  return operation
}

/** Executes the form as it is, and returns the status that the page shows. */
async function execute(operationId: string): Promise<string> {
  const operation = await open(operationId)
  if (await operation.locator('.btn-clear').isVisible())
    await operation.locator('.btn-clear').click()
  await operation.locator('.execute').click()
  const status = operation.locator('.live-responses-table tbody .response-col_status').first()
  await status.waitFor()
  const shown = ((await status.textContent()) ?? '').trim()
  const body = operation.locator('.live-responses-table .microlight').first()
  const answer = /^2/.test(shown) ? shown.slice(0, 3) : `${shown} ${await body.textContent()}`
  await operation.locator('.opblock-summary-control').click() // open forms slow the page down
  return answer
}

async function putToken(operationId: string, subject: RegExp, to = 'alan@example.com') {
  const [mail] = await mailsTo(to, subject)
  const { link } = linkIn(mail ?? {})
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get('token') ?? ''
  const field = (await open(operationId)).locator('textarea')
  await field.fill((await field.inputValue()).replace('"token": ""', `"token": "${token}"`))
}

t.setTimeout(isComplete ? 600_000 : 120_000)
t.test('The page fits a phone, with a form open', async (t) => {
  await page.setViewportSize({ width: 360, height: 800 })
  await (await open('logIn')).locator('.execute').waitFor()
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360)
  await page.setViewportSize({ width: 1280, height: 900 })
})

t.test('Operations succeed as their forms are filled, after a login', async (t) => {
  const { paths } = JSON.parse(await readDocument('openapi/openapi.json'))
  const all: string[] = Object.values(paths as Record<string, object>).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  t.match(await execute('logIn'), '201')
  await page.locator('.authorization__btn .locked').first().waitFor()
  await page.waitForLoadState('networkidle')
  for (const id of isComplete ? all.filter((id) => ![...ordered, 'logIn'].includes(id)) : kinds) {
    t.match(await execute(id), /^20/, id)
  }
  await putToken('verifyEmail', /Confirm your e-mail address/)
  t.match(await execute('verifyEmail'), '204')
  if (isComplete) await executeOrdered(t)
  else t.match(await execute('logOut'), '204')
  t.strictSame(errors, [])
})

// Another verification mail would replace the first one's token, and an unverified address changes at once.
const changes = ['requestEmailChange', 'confirmEmailChange', 'revertEmailChange']
const ends = ['resetPassword', 'endSession', 'logOut', 'deleteAccount', 'restoreAccount']
const ordered = ['verifyEmail', 'resendVerification', 'revokeSession', ...changes, ...ends]

/** Executes the operations that work only after others. */
async function executeOrdered(t: Test): Promise<void> {
  t.match(await execute('resendVerification'), '202')
  const elsewhere = { email: 'alan@example.com', password: 'can machines think' }
  t.equal((await client().POST('/sessions', { body: elsewhere })).response.status, 201)
  await putToken('revokeSession', /^New login/)
  t.match(await execute('revokeSession'), '204')
  t.match(await execute('requestEmailChange'), '202')
  await putToken('confirmEmailChange', /Confirm your new e-mail address/, 'turing@example.com')
  t.match(await execute('confirmEmailChange'), '204')
  await putToken('revertEmailChange', /The e-mail address .* was changed/)
  t.match(await execute('revertEmailChange'), '204')
  await putToken('resetPassword', /Choose a new password/)
  t.match(await execute('resetPassword'), '204')
  for (const id of ['logIn', 'logIn', 'endSession', 'logOut']) {
    t.match(await execute(id), /^20/, id)
    await page.waitForLoadState('networkidle')
  }
  t.match(await execute('logIn'), '201')
  await page.waitForLoadState('networkidle')
  t.match(await execute('deleteAccount'), '204')
  await putToken('restoreAccount', /Your Epistle account was deleted/)
  t.match(await execute('restoreAccount'), '204')
}
