// The Tables view in a real browser: verify, damage, differences, rebuild; a demotion and a retirement that are confirmed
// by name; and a port without the owner. Skipped where no Chromium is installed.
import type { Page } from 'playwright-core'
import t from 'tap'
import { press, violations } from '../../support/browser-page.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { heading, openConsole, overflows } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { connect } from '../../support/installed.ts'
import { stepwiseDatabase } from '../../support/stepwise-database.ts'

needChromium(t)

const databaseUrl = await stepwiseDatabase(t)
const [{ url, arrive, owner }, without, browser] = await Promise.all([
  administered(t, { ADMIN_DATABASE_URL: databaseUrl }, databaseUrl),
  administered(t, { ADMIN_DATABASE_URL: '' }, databaseUrl),
  startChromium(t),
])
const ada = await arrive('ada')

/** The section of the job of the address. */
const job = (page: Page) => page.getByRole('region', { name: /^Job \d+: / })
/** Presses a button by the keyboard, once it is there. */
async function use(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).waitFor()
  await press(page, name)
}
const ended = (page: Page, text: string | RegExp) =>
  job(page).getByRole('status').getByText(text).waitFor()

t.test('A job shows its lines as they come, and goes on after a reload of the page', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/tables' })
  await page.getByRole('link', { name: 'users_2', exact: true }).click()
  await heading(page, 'users_2')
  await page.locator('[aria-current=step]').getByText('live').waitFor()
  await use(page, 'Verify')
  await page.getByText('Enter your name first.').waitFor()
  await page.keyboard.type('Zoë')
  // The lock of verify and the like, so that the job waits.
  const blocker = await connect(t, databaseUrl)
  await blocker.query('select pg_advisory_lock(17744, 2)')
  await use(page, 'Verify')
  await ended(page, 'Running.')
  t.match(page.url(), /\/console\/tables\/users_2\/jobs\/\d+$/)
  await page.reload()
  await ended(page, 'Running.')
  await job(page).getByRole('log').getByText('waiting for it to finish').waitFor()
  await blocker.query('select pg_advisory_unlock(17744, 2)')
  await ended(page, 'Done. No row differs in 1 table.')
  await job(page).getByRole('log').getByText('replaying the log for').waitFor()

  await blocker.query('select pg_advisory_lock(17744, 2)')
  await use(page, 'Verify')
  await use(page, 'Cancel the job')
  await ended(page, 'Cancelled.')
  await blocker.query('select pg_advisory_unlock(17744, 2)')
  t.strictSame(faults, [])
})

t.test('A damaged row is shown expected beside actual, and a rebuild repairs it', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/tables/users_2' })
  const found = () => owner.query('select username from read.users_2 where id = $1', [ada.user.id])
  await owner.query(`update read.users_2 set username = 'eve' where id = $1`, [ada.user.id])
  await page.getByLabel('Your name').fill('Zoë')
  await use(page, 'Verify')
  await ended(page, 'Done. 1 differing row in 1 table.')
  const row = page.getByRole('region', { name: 'Row 1: different' })
  await row.locator('tr.changed').getByText('username').waitFor()
  t.equal(await row.locator('tr.changed').count(), 1)
  t.equal(await row.getByText('eve').count(), 0, 'personal data are masked')
  t.strictSame(await violations(page), [])
  t.notOk(await overflows(page))
  await use(page, 'Show personal data')
  await row.locator('tr.changed').getByText('eve').waitFor()
  t.match(await row.locator('tr.changed').textContent(), /username changed\s*ada\s*eve/)
  await use(page, 'Rebuild')
  await ended(page, 'Done. 1 row replaced.')
  await page.getByRole('heading', { name: 'Rows that differ' }).waitFor({ state: 'detached' })
  t.strictSame((await found()).rows, [{ username: 'ada' }])
  const acts = await owner.query(
    `select string_agg(actor || ' ' || act, ', ' order by id) from work.acts`,
  )
  t.match(acts.rows, [{ string_agg: /Zoë verify, Zoë show_personal, Zoë rebuild$/ }])
  t.strictSame(faults, [])
})

t.test('A demotion and a retirement are confirmed by typing the name of the table', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/tables/users_0' })
  const confirm = async (verb: string, name: string) => {
    const section = page.getByRole('region', { name: verb, exact: true })
    await section.locator('summary').press('Enter')
    await section.getByRole('textbox').fill('users')
    await section.getByRole('button', { name: verb }).click()
    t.match(page.url(), new RegExp(`/console/tables/${name}$`), 'another name starts nothing')
    await section.getByRole('textbox').fill(name)
    await page.keyboard.press('Enter')
  }
  await page.getByLabel('Your name').fill('Zoë')
  await confirm('Retire', 'users_0')
  await ended(page, 'Done. users_0: retired.')
  await page.getByText('This read table was retired.').waitFor()
  await page.reload()
  await ended(page, 'Done. users_0: retired.')
  await page.getByText('This read table was retired.').waitFor()
  const life = page.getByRole('list', { name: 'Life of the table' })
  t.equal(await life.locator('[aria-current=step]').textContent(), 'gone')
  t.strictSame(await violations(page), [])
  await page.goto(`${url}/console/tables/nope_1`)
  await page.getByText('No read table has this name.').waitFor()
  t.equal(await life.count(), 0, 'a name that never was a table has no life')

  await page.goto(`${url}/console/tables/users_1`)
  await confirm('Demote', 'users_1')
  await ended(page, 'Done. users_1: demoted to a view.')
  await page.getByText('It is a view of users_2.').waitFor()
  await page.getByRole('region', { name: 'Verify' }).getByText('Not possible now').waitFor()
  await page.getByRole('link', { name: 'Matrix' }).click()
  await page.getByRole('button', { name: 'user_registered_0 in users_1: view' }).hover()
  await page
    .locator('#chain')
    .getByText('user_registered_0 → user_registered_1 → users_2 → users_1')
    .waitFor()
  t.strictSame(faults, [])
})

t.test('Without the owner, the view has no verbs, and a sentence why', async (t) => {
  const { page, faults } = await openConsole(t, browser, without.url, { path: '/tables/users_2' })
  await page.getByText('because this process has no ADMIN_DATABASE_URL').waitFor()
  t.equal(await page.getByRole('button').count(), 0)
  await page.getByRole('link', { name: 'verify, job' }).first().click()
  await ended(page, 'Done.')
  await page.getByRole('link', { name: 'All tables' }).click()
  await page.getByText('because this process has no ADMIN_DATABASE_URL').waitFor()
  t.strictSame(faults, [])
})
