// The chat in a real browser, against a real service. Skipped where no Chromium is installed.

import type { Page } from 'playwright-core'
import t from 'tap'
import { go, press, refuse, shows, texts, type, violations } from '../../support/browser-page.ts'
import { logIn, openChat } from '../../support/chat-windows.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { password, served } from '../../support/http/served.ts'

needChromium(t)

const [{ server, arrive }, browser] = await Promise.all([
  served(t, { WEB_CHAT: 'on' }),
  startChromium(t),
])

type Test = Pick<typeof t, 'match' | 'strictSame'>

t.test('A new user does everything with the keyboard alone', async (t) => {
  await arrive('alan')
  const { page, faults } = await openChat(t, browser, server.url)
  await arriveByKeyboard(t, page)
  await write(t, page)
  await searchAndChangePassword(page)
  t.strictSame(faults, [])
})

/** Waits until a new screen has moved the focus to its heading; what is typed before is lost. */
const focusOn = (page: Page, heading: string) =>
  page.locator('#heading:focus', { hasText: heading }).waitFor()

async function arriveByKeyboard(t: Test, page: Page): Promise<void> {
  await press(page, 'Create an account')
  await focusOn(page, 'Create an account')
  await type(page, 'E-mail', 'grace@example.org')
  await type(page, 'Username', 'alan')
  await type(page, 'Password', password)
  await page.keyboard.press('Enter')
  const username = page.getByLabel('Username')
  await page.locator('[name=username][aria-invalid=true]').waitFor()
  t.match(
    await username.evaluate('document.activeElement.name'),
    'username',
    'the field with the error',
  )
  await username.press('ControlOrMeta+a')
  await page.keyboard.type('grace')
  await page.keyboard.press('Enter')
}

async function write(t: Test, page: Page): Promise<void> {
  await press(page, 'New')
  await focusOn(page, 'New conversation')
  await type(page, 'The username begins with', 'al')
  await page.keyboard.press('Enter')
  await page.locator('.results').getByText('alan').waitFor()
  await press(page, 'alan')
  await page.getByLabel('Message', { exact: true }).waitFor()
  await page.locator('#content:focus').waitFor()
  for (const text of ['one', 'two', 'three']) {
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  }
  await page.locator('.messages [data-id]').nth(2).waitFor()
  t.strictSame(await texts(page), ['one', 'two', 'three'])
  await press(page, 'Edit: two')
  await page.getByLabel('New text').waitFor()
  await page.keyboard.press('End')
  await page.keyboard.type(' and a half')
  await page.keyboard.press('Enter')
  await shows(page, 'two and a half')
  page.once('dialog', (dialog) => void dialog.accept())
  await press(page, 'Delete: three')
  await page.locator('.deleted').waitFor()
  t.strictSame(await texts(page), ['one', 'two and a half', 'Message deleted'])
}

async function searchAndChangePassword(page: Page): Promise<void> {
  await press(page, 'Search')
  await focusOn(page, 'Search')
  await type(page, 'Words in your messages', 'half')
  await page.keyboard.press('Enter')
  await shows(page, '1 found.')
  await press(page, 'Settings')
  await focusOn(page, 'Settings')
  await type(page, 'Current password', 'not the password')
  await type(page, 'New password', 'not what ships are for')
  await page.keyboard.press('Enter')
  await page.locator('[name=currentPassword][aria-invalid=true]').waitFor()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await shows(page, 'Your password was changed. All your other sessions were logged out.')
  await press(page, 'Log out')
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
}

type Check = (screen: string) => Promise<void>
type Arrived = Awaited<ReturnType<typeof arrive>>

/** `npm run soak -- chat` looks at every pair. */
const looks = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 1280 },
] as const

for (const { colorScheme, width } of looks.slice(0, process.env.SOAK_CHAT === 'all' ? 4 : 2)) {
  const title = `No screen has a fault that axe-core finds, ${colorScheme}, ${width} px wide`
  t.test(title, async (t) => {
    const ada = await arrive(`ada-${colorScheme}-${width}`)
    const bob = await arrive(`bob-${colorScheme}-${width}`)
    const { page, faults } = await openChat(t, browser, server.url, {
      colorScheme,
      viewport: { width, height: 740 },
    })
    const check = async (screen: string) => {
      t.strictSame(await violations(page), [], screen)
      const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      t.equal(excess, 0, `${screen} needs no horizontal scrolling`)
    }
    await checkArriving(page, check)
    await logIn(page, ada.email)
    await checkConversation(page, check, ada, bob)
    await checkOthers(page, check)
    t.strictSame(faults, [])
  })
}

async function checkArriving(page: Page, check: Check): Promise<void> {
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
  await check('login')
  await go(page, '#/register', 'Create an account')
  await refuse(page, 'Create account')
  await check('registration with errors')
  await go(page, '#/forgot', 'Reset your password')
  await check('forgotten password')
  await go(page, '#/login', 'Log in')
}

async function checkConversation(page: Page, check: Check, ada: Arrived, bob: Arrived) {
  const send = (content: string) =>
    bob.client.POST('/messages', { body: { to: ada.user.id, content } })
  await send('Have you seen the relay? There is a moth in it, taped to the page of the log.')
  await page.locator('.badge').waitFor()
  await check('list')
  await page.locator('.list li a').click()
  await page.locator('[data-id]').waitFor()
  await page.locator('#content').fill('I have. Who taped it there?')
  await page.keyboard.press('Enter')
  await page.locator('.own[data-id]').waitFor()
  await send(`Grace did. ${'m'.repeat(500)} 🦋 שלום עולם`)
  await page.locator('[data-id]').nth(2).waitFor()
  await page.locator('.own[data-id]').hover()
  await check('conversation')
  await page.getByRole('button', { name: 'Edit' }).click()
  await check('editing')
  await ada.client.PUT('/blocks/{userId}', { params: { path: { userId: bob.user.id } } })
}

async function checkOthers(page: Page, check: Check): Promise<void> {
  for (const [hash, heading, text] of [
    ['#/new', 'New conversation', 'bob'],
    ['#/search', 'Search', 'moth'],
  ] as const) {
    await go(page, hash, heading)
    await page.getByRole('searchbox').fill(text)
    await page.keyboard.press('Enter')
    await page.locator('.results a').first().waitFor()
    await check(heading)
  }
  await go(page, '#/settings', 'Settings')
  await page.getByRole('button', { name: 'Unblock' }).waitFor()
  await refuse(page, 'Change password')
  await check('settings')
}
