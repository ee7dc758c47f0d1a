// What a tab of the chat shows its next user, in a real browser. Skipped where no Chromium is installed.

import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import t from 'tap'
import { type } from '../../support/browser-page.ts'
import { password, served } from '../../support/http/served.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = places.find((path) => existsSync(path))
if (!executablePath) {
  t.pass('no Chromium', {
    skip: `install Chromium to run these tests: not in ${places.join(', ')}`,
  })
  process.exit()
}

const [{ server, arrive }, browser] = await Promise.all([
  served(t, { WEB_CHAT: 'on' }),
  // The sandbox of Chromium refuses root, which runs tests in containers.
  chromium.launch({ executablePath, args: ['--no-sandbox'] }),
])
t.teardown(() => browser.close())
const [ada, grace, alan] = await Promise.all([arrive('ada'), arrive('grace'), arrive('alan')])
const page = await browser.newPage()
page.setDefaultTimeout(20_000)
const field = page.getByRole('textbox', { name: 'Message' })

/** Logs in on the screen that the end of a session shows, too, and opens the conversation with Alan. */
async function writeToAlan(email: string): Promise<void> {
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
  await type(page, 'E-mail', email)
  await type(page, 'Password', password)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor()
  // The address may be that of the conversation already.
  await page.evaluate(`location.hash = '#/settings'`)
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await page.evaluate(`location.hash = '#/with/${alan.user.id}'`)
  await page.getByRole('heading', { name: 'alan' }).waitFor()
}

t.test(
  'A draft stays for its user when the session ends elsewhere, and for no one else',
  async (t) => {
    await page.goto(`${server.url}/`)
    await writeToAlan(ada.email)
    await page.route('**/messages', (route) => route.abort())
    await field.fill('a message of Ada')
    await field.press('Enter')
    await field.fill('a draft of Ada')
    await page.getByText('Sending …').waitFor()
    await ada.client.DELETE('/sessions')
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await page.unroute('**/messages')
    await writeToAlan(ada.email)
    t.equal(await field.inputValue(), 'a message of Ada\na draft of Ada')
    await ada.client.DELETE('/sessions')
    await writeToAlan(grace.email)
    t.equal(await field.inputValue(), '')
    t.equal(await page.evaluate(`JSON.stringify(sessionStorage).includes('of Ada')`), false)
  },
)
