// A user deletes the account in the chat, in a real browser, and others see a deleted user. Skipped where no Chromium is
// installed.
import t from 'tap'
import { logIn, openChat, write } from '../../support/chat-windows.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { password, served } from '../../support/http/served.ts'

needChromium(t)

const [{ server, arrive }, browser] = await Promise.all([
  served(t, { WEB_CHAT: 'on' }),
  startChromium(t),
])
const [ada, bob] = [await arrive('ada'), await arrive('bob')]
await ada.client.POST('/messages', { body: { to: bob.user.id, content: 'Good bye' } })

t.test(
  'A user deletes the account in the settings, and the login says how to restore it',
  async (t) => {
    const { page, faults } = await openChat(t, browser, server.url)
    await logIn(page, ada.email)
    await page.goto(`${server.url}/#/settings`)
    const section = page.locator('section', { hasText: 'Delete account' }).last()
    await section.getByLabel('Your password').fill('not the one')
    await section.getByRole('button').click()
    await section.getByText('This is not your current password.').waitFor()
    await section.getByLabel('Your password').fill(password)
    await section.getByRole('button').click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await page.getByText(/For 30 days, the link in the e-mail .* restores it/).waitFor()
    t.strictSame(faults, [])
  },
)

t.test('Others see a deleted user, whose messages stay and who gets none', async (t) => {
  const { page, faults } = await openChat(t, browser, server.url)
  await logIn(page, bob.email)
  await page.locator('.list').getByText('Deleted user').click()
  await page.getByRole('heading', { name: 'Deleted user' }).waitFor()
  await page.locator('#messages').getByText('Good bye').waitFor()
  await write(page, 'Are you there?')
  await page.getByText('Not sent: The recipient has deleted their account').waitFor()
  t.strictSame(faults, [])
})
