// Streams in the console: step by step, and their personal data on request. Skipped where no Chromium is installed.
import t from 'tap'
import { violations } from '../../support/browser-page.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { heading, openConsole } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { password } from '../../support/http/served.ts'
import { actsFrom } from '../../support/reported.ts'

needChromium(t)

const [{ url, arrive, owner }, browser] = await Promise.all([administered(t), startChromium(t)])
const ada = await arrive('ada')

t.test('A stream is shown step by step, with the state after each event', async (t) => {
  const body = { currentPassword: password, newPassword: 'other unrelated words' }
  const { response } = await ada.client.PUT('/users/me/password', { body })
  t.equal(response.status, 204)
  const { page, faults } = await openConsole(t, browser, url, { path: '/log/1' })
  await page.getByRole('link', { name: ada.user.id }).click()
  await heading(page, 'Stream of user')
  const rows = page.getByRole('region', { name: 'Events of the stream' }).locator('tbody tr')
  const count = await rows.count()
  t.equal(count, 2, 'the registration and the change of the password')
  await page.getByText(`Event 1 of ${count}`).waitFor()
  await page.getByRole('button', { name: 'Last' }).click()
  await page.getByText(`Event ${count} of ${count}`).waitFor()
  t.match(page.url(), new RegExp(`/console/stream/${ada.user.id}/${count}$`))
  await page.getByRole('region', { name: 'password_changed_2, the event' }).waitFor()
  await page.getByRole('region', { name: /^State, / }).waitFor()
  await page.getByRole('button', { name: 'Back' }).press('Enter')
  await page.getByText(`Event ${count - 1} of ${count}`).waitFor()
  await page.getByRole('region', { name: 'user_registered_1, the event' }).waitFor()
  t.equal(await page.getByText('ada@example.org').count(), 0, 'personal data are masked')
  await page.getByLabel('Id of a stream').fill('00000000-0000-4000-8000-000000000000')
  await page.keyboard.press('Enter')
  await page
    .getByRole('alert')
    .getByText(/not found/i)
    .waitFor()
  t.strictSame(faults, [])
})

t.test(
  'A stream shows personal data when asked for, those of the steps that are there',
  async (t) => {
    const bob = await arrive('bob')
    const acts = await actsFrom(owner)
    const { page, faults } = await openConsole(t, browser, url, { path: `/stream/${bob.user.id}` })
    const recorded = page.getByRole('region', { name: 'user_registered_1, the event' })
    await recorded.getByText('masked').first().waitFor()
    t.equal(await page.getByText('bob@example.org').count(), 0)
    t.strictSame(await violations(page), [])
    await page.getByLabel('Your name').fill('Zoë')
    await page.keyboard.press('Enter')
    await recorded.getByText('bob@example.org').waitFor()
    t.equal(await page.getByText('masked', { exact: true }).count(), 0)
    const ask = page.getByRole('button', { name: 'Show personal data' })
    t.equal(await ask.count(), 0)

    // The view reads on, and what is recorded later is masked.
    const { response } = await bob.client.PUT('/users/me/username', {
      body: { username: 'robert' },
    })
    t.ok(response.ok)
    await page.getByText('Event 1 of 2').waitFor()
    t.equal(await recorded.getByText('bob@example.org').count(), 1)
    t.strictSame(await acts(), ['Zoë: show_personal'])
    await page.getByRole('button', { name: 'Last' }).click()
    await ask.press('Enter')
    await page.getByText('"robert"').first().waitFor()
    t.strictSame(await acts(), ['Zoë: show_personal', 'Zoë: show_personal'])
    t.strictSame(faults, [])
  },
)
