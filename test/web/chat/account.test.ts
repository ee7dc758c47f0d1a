// The account in the chat, in a real browser: its name, its address, a download of its data, and a suspension. Skipped
// where no Chromium is installed.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { createOperators } from '../../../src/operators.ts'
import { logIn, openChat, servedBelow } from '../../support/chat-windows.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { password, served } from '../../support/http/served.ts'
import { servers } from '../../support/old-releases/statement.ts'

needChromium(t)

const [{ server, arrive, databaseUrl }, browser] = await Promise.all([
  served(t, { WEB_CHAT: 'on' }),
  startChromium(t),
])
const ada = await arrive('ada')
const { page, faults } = await openChat(t, browser, server.url)
await logIn(page, ada.email)
await page.goto(`${server.url}/#/settings`)

t.test('A user changes the username, and reads when the next change is possible', async (t) => {
  const name = page.getByLabel('New username')
  const change = page.getByRole('button', { name: 'Change username' })
  await name.fill('countess')
  await change.click()
  await page.getByText(/The earlier one stays reserved for you for 30 days/).waitFor()
  await page.getByText('countess, ada@example.org').waitFor()
  await name.fill('enchantress')
  await change.click()
  await page.getByText('Try again in 24 hours.').waitFor()
  t.strictSame(faults, [])
})

t.test('A user changes the address, and reads why the present one is refused', async (t) => {
  const section = page.locator('section', { has: page.getByLabel('New e-mail address') })
  const change = async (email: string) => {
    await section.getByLabel('New e-mail address').fill(email)
    await section.getByLabel('Your password').fill(password)
    await section.getByRole('button').click()
  }
  await change(ada.email)
  await section.getByText('This is already your address. Enter another one.').waitFor()
  await change('lovelace@example.org')
  await section.getByText(/Your address was changed\. Open the link/).waitFor()
  await page.getByText('countess, lovelace@example.org').waitFor()
  t.strictSame(faults, [])
})

t.test(
  'A user downloads everything that is recorded about them, also behind a proxy',
  async (t) => {
    const below = await servedBelow(t, server.url)
    const bob = await arrive('bob')
    const proxied = await openChat(t, browser, below)
    await logIn(proxied.page, bob.email)
    await proxied.page.goto(`${below}/#/settings`)
    for (const window of [page, proxied.page]) {
      const downloading = window.waitForEvent('download')
      await window.getByRole('link', { name: 'Download your data' }).click()
      const download = await downloading
      t.match(download.suggestedFilename(), /^export-\d+\.ndjson$/)
      const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
      t.match(JSON.parse(lines.at(-1) ?? ''), { type: 'export_ended', events: lines.length - 2 })
    }
    t.strictSame([...faults, ...proxied.faults], [])
  },
)

t.test('A suspended user reads it at the login, and whom to contact', async (t) => {
  const operators = createOperators(servers(t, databaseUrl, 'epistle_service'))
  await operators.suspend(ada.user.id, { reason: 'a test', actor: 'Olga' })
  await page.reload()
  await page.getByLabel('E-mail').fill('lovelace@example.org')
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await page.getByText(/^Your account is suspended\. .* contact the operators/).waitFor()
  t.strictSame(faults, [])
})
