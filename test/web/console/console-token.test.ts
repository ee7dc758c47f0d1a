// The console on a port with a token, and behind a proxy. Skipped where no Chromium is installed.
import { createHash } from 'node:crypto'
import t from 'tap'
import { violations } from '../../support/browser-page.ts'
import { servedBelow } from '../../support/chat-windows.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { heading, openConsole } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { actsFrom } from '../../support/reported.ts'

needChromium(t)

const token = 'a token that only operators have'
const ADMIN_TOKEN_SHA256 = createHash('sha256').update(token).digest('hex')
const [{ url, arrive, owner }, browser] = await Promise.all([
  administered(t, { ADMIN_TOKEN_SHA256 }),
  startChromium(t),
])

t.test('The console asks for the token once, and keeps it for its tab', async (t) => {
  const { context, page, faults } = await openConsole(t, browser, url, { path: '/matrix' })
  await page.getByLabel('Token').fill('another')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('The port does not accept this token.').waitFor()
  t.strictSame(await violations(page), [])
  await page.getByLabel('Token').fill(token)
  await page.keyboard.press('Enter')
  await heading(page, 'Matrix')
  await page.reload()
  await heading(page, 'Matrix')
  const other = await context.newPage()
  await other.goto(`${url}/console`)
  await other.getByLabel('Token').waitFor()
  t.strictSame(faults, [])
})

t.test(
  'After a refused token, nothing is asked for in the name of the former operator',
  async (t) => {
    const ada = await arrive('ada')
    const { rows } = await owner.query(
      `select position from log.events where stream_id = $1 order by position limit 1`,
      [ada.user.id],
    )
    const acts = await actsFrom(owner)
    const { page, faults } = await openConsole(t, browser, url, {
      path: `/log/${rows[0].position}`,
    })
    await page.getByLabel('Token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByText('masked', { exact: true }).first().waitFor()
    // The operator of the port replaces its token at this moment.
    const problem = { status: 401, contentType: 'application/problem+json', body: '{}' }
    await page.route(/personal=shown/, (route) => route.fulfill(problem), { times: 1 })
    await page.getByLabel('Your name').fill('Zoë')
    await page.getByRole('button', { name: 'Show personal data' }).click()
    await page.getByRole('alert').getByText('The port does not accept this token.').waitFor()
    await page.getByLabel('Token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Show personal data' }).waitFor()
    t.equal(await page.getByLabel('Your name').inputValue(), '')
    await page.waitForTimeout(2_500)
    t.ok((await page.getByText('masked', { exact: true }).count()) > 0)
    t.strictSame(await acts(), [])
    t.strictSame(faults, [])
  },
)

t.test('The console works behind a proxy that serves it below a path', async (t) => {
  const below = await servedBelow(t, url)
  const { page, faults } = await openConsole(t, browser, below, { path: '/log/1' })
  await page.getByLabel('Token').fill(token)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Upgrade' }).click()
  await heading(page, 'Upgrade')
  t.equal(page.url(), `${below}/console/upgrade`)
  await page.reload()
  await heading(page, 'Upgrade')
  t.strictSame(faults, [])
})
