// Reports in the console: their texts on request, and their settlement. Skipped where no Chromium is installed.
import t from 'tap'
import { violations } from '../../support/browser-page.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { openConsole } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { actsFrom, reporting } from '../../support/reported.ts'

needChromium(t)

const [{ url, arrive, owner, act }, browser] = await Promise.all([
  administered(t),
  startChromium(t),
])
const hostile = '<img src=x onerror=hit()>'
const ada = await arrive('ada')
const bob = await arrive('bob')
const report = reporting(owner, ada)

const open = (path: string) => openConsole(t, browser, url, { path })

t.test('The texts of reports are masked until the operator asks for them, once', async (t) => {
  const acts = await actsFrom(owner)
  const id = await report(bob, hostile)
  const { page, faults } = await open('/reports')
  const reported = page.getByRole('region', { name: 'Report of a message by bob' })
  await reported.getByText('masked', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Show personal data' }).click()
  await page.getByText('Enter your name first.').waitFor()
  await page.keyboard.type('Zoë')
  await page.getByRole('button', { name: 'Show personal data' }).click()
  await reported.getByText(hostile).waitFor()
  await page.waitForResponse(`${url}/reports?status=open`)
  t.equal(await reported.getByText('spam').count(), 1, 'it stays while the page is read again')
  t.strictSame(await violations(page), [])
  await page.getByRole('link', { name: 'Look at this report' }).click()
  await page.getByText('masked', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Show personal data' }).click()
  await page.getByText(hostile).waitFor()
  t.strictSame(await violations(page), [])
  t.strictSame(await acts(), ['Zoë: show_personal', 'Zoë: show_personal'])
  await act('POST', `/reports/${id}/settlement`, { outcome: 'dismissed' })
  t.strictSame(faults, [])
})

t.test('An operator settles a report, which moves to the settled ones', async (t) => {
  const id = await report(await arrive('carol'), 'buy!')
  const { page, faults } = await open(`/reports/${id}`)
  await page.getByLabel('Your name').fill('Zoë')
  await page.getByLabel('Upheld').check()
  await page.getByLabel(/^Note for other operators/).fill('third time')
  const confirmation = page.getByLabel('Type carol to confirm')
  await confirmation.fill('ada')
  await confirmation.press('Enter')
  await page.getByRole('alert').getByText('Nothing was recorded. Type carol to confirm.').waitFor()
  await confirmation.fill('carol')
  await confirmation.press('Enter')
  await page.getByText('The report is upheld.').waitFor()
  await page.getByRole('link', { name: 'Reports', exact: true }).click()
  await page.getByText('No report is open.').waitFor()
  await page.getByRole('link', { name: 'Settled' }).click()
  await page.getByText('third time').waitFor()
  t.strictSame(faults, [])
})
