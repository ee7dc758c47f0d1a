// People and reports in the console, with what operators do, and the list of it. Skipped where no Chromium is installed.
import t from 'tap'
import { violations } from '../../support/browser-page.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { heading, openConsole, overflows } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { actsFrom, reporting } from '../../support/reported.ts'
import { until } from '../../support/until.ts'

needChromium(t)

const databaseUrl = await installedDatabase(t)
const [{ url, arrive, owner, act }, browser] = await Promise.all([
  administered(t, { ADMIN_DATABASE_URL: databaseUrl }, databaseUrl),
  startChromium(t),
])
const ada = await arrive('ada')
const bob = await arrive('bob')
const report = reporting(owner, ada)
const reportId = await report(bob, 'buy!')
const person = `/people/${bob.user.id}`

const open = (path: string) => openConsole(t, browser, url, { path })

t.test('People, reports and acts have addresses, in light and dark, wide and narrow', async (t) => {
  const addresses = {
    '/people': 'People',
    '/people?search=BO': 'People',
    [person]: 'bob',
    '/reports': 'Reports',
    '/reports?status=settled': 'Reports',
    [`/reports/${reportId}`]: 'Report of a message by bob',
    '/audit': 'Audit',
  }
  const sizes = [
    { viewport: { width: 360, height: 640 }, colorScheme: 'dark' },
    { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  ] as const
  for (const options of sizes) {
    const isWide = options.viewport.width > 360
    const { page, faults } = await openConsole(t, browser, url, options)
    for (const [path, title] of Object.entries(addresses)) {
      await page.goto(`${url}/console${path}`)
      await heading(page, title)
      await page.getByText('Loading …').waitFor({ state: 'detached' })
      t.notOk(await overflows(page), `${path} at ${options.viewport.width} px`)
      if (isWide || path === person) t.strictSame(await violations(page), [], path)
    }
    t.strictSame(faults, [])
  }
})

t.test('An operator finds a user and suspends them by the keyboard, under a name', async (t) => {
  const acts = await actsFrom(owner)
  const { page, faults } = await open('/people')
  await page.getByLabel('Username or its beginning').focus()
  await page.keyboard.type('bo')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'bob' }).press('Enter')
  await heading(page, 'bob')
  await page.getByText('Active', { exact: true }).waitFor()
  await page.getByLabel('Reason', { exact: true }).focus()
  await page.keyboard.type('sends spam')
  await page.keyboard.press('Enter')
  await page.getByText('Enter your name first.').waitFor()
  t.equal(await page.evaluate('document.activeElement.id'), 'actor')
  await page.keyboard.type('Zoë')
  await page.getByRole('button', { name: 'Suspend' }).press('Enter')
  await page.getByText('The user is suspended.').waitFor()
  await page.getByText('by Zoë. The reason: masked').waitFor()
  await page.getByRole('button', { name: 'Reinstate' }).press('Enter')
  await page.getByText('The user is reinstated.').waitFor()
  await page.getByRole('button', { name: 'End all sessions' }).press('Enter')
  await page.getByText('All sessions have ended.').waitFor()
  await page.getByRole('button', { name: 'Send a password reset' }).press('Enter')
  await page.getByText('A worker sends the e-mail.').waitFor()
  t.strictSame(await acts(), [
    'Zoë: suspend',
    'Zoë: reinstate',
    'Zoë: end_sessions',
    'Zoë: send_reset',
  ])
  await page.getByRole('link', { name: 'Audit' }).click()
  const list = page.getByRole('region', { name: 'Acts of operators' })
  await list.getByText('send a password reset').waitFor()
  await list
    .getByRole('link', { name: /^user / })
    .first()
    .click()
  await heading(page, 'bob')
  t.strictSame(faults, [])
})

t.test('Personal data of a user are masked until the operator asks for them, once', async (t) => {
  const acts = await actsFrom(owner)
  const { page, faults } = await open(person)
  await page.getByText('masked', { exact: true }).waitFor()
  await page.getByLabel('Your name').fill('Zoë')
  await page.getByRole('button', { name: 'Show personal data' }).click()
  await page.getByText('bob@example.org').waitFor()
  await page.waitForResponse(`${url}/users/${bob.user.id}`)
  t.equal(
    await page.getByText('bob@example.org').count(),
    1,
    'it stays while the page is read again',
  )
  t.strictSame(await acts(), ['Zoë: show_personal'])
  await act('PUT', `/users/${bob.user.id}/suspension`, { reason: 'sends spam' })
  await page.getByText('by Ada. The reason: masked').waitFor()
  await page.getByRole('button', { name: 'Show personal data' }).click()
  await page.getByText('by Ada. The reason: sends spam').waitFor()
  await act('DELETE', `/users/${bob.user.id}/suspension`)
  await page.reload()
  await page.getByText('masked', { exact: true }).waitFor()
  t.strictSame(faults, [])
})

t.test('Of two operators who act at once, the second learns what the first did', async (t) => {
  const { page, faults } = await open(person)
  await page.getByLabel('Your name').fill('Zoë')
  const reason = page.getByLabel('Reason', { exact: true })
  await reason.fill('is rude')
  // The page of the second operator is as old as it would be within the two seconds between two readings.
  await page.route(`**/users/${bob.user.id}`, (route) => route.abort())
  await act('PUT', `/users/${bob.user.id}/suspension`, { reason: 'sends spam' })
  await reason.press('Enter')
  await page
    .getByText('Ada suspended the user before you, so your reason is not recorded.')
    .waitFor()
  await page.unroute(`**/users/${bob.user.id}`)
  await page.getByText('by Ada. The reason: masked').waitFor()
  await act('DELETE', `/users/${bob.user.id}/suspension`)

  await page.goto(`${url}/console/reports`)
  await page.getByText('masked', { exact: true }).first().waitFor()
  await page.getByRole('link', { name: 'Look at this report' }).click()
  await page.getByLabel('Dismissed').check()
  await page.getByLabel('Type bob to confirm').fill('bob')
  await page.route(`**/reports/${reportId}`, (route) => route.abort())
  await act('POST', `/reports/${reportId}/settlement`, { outcome: 'upheld', note: 'clear' })
  await page.getByRole('button', { name: 'Settle the report' }).click()
  await page.getByRole('alert').getByText('The report is settled already.').waitFor()
  await page.unroute(`**/reports/${reportId}`)
  await page.getByText('Upheld by Ada').waitFor()
  t.equal(await page.getByRole('button', { name: 'Settle the report' }).count(), 0)
  t.strictSame(faults, [])
})

t.test('A search by address waits for the name of the operator, and happens once', async (t) => {
  const acts = await actsFrom(owner)
  const { page, faults } = await open('/people?search=bob@example.org')
  await page.getByLabel('Your name').fill('Zoë')
  t.strictSame(await violations(page), [])
  t.strictSame(await acts(), [])
  await page.getByRole('button', { name: 'Find by address' }).press('Enter')
  await page.getByRole('link', { name: 'bob' }).waitFor()
  await page.waitForResponse(`${url}/audit?limit=1`)
  t.equal(await page.getByRole('link', { name: 'bob' }).count(), 1)
  t.strictSame(await acts(), ['Zoë: find_by_address'])
  t.strictSame(faults, [])
})

t.test('An unknown user or report is an error on its page', async (t) => {
  const { page, faults } = await open('/people/00000000-0000-4000-8000-000000000000')
  await page.getByRole('alert').getByText('No user has this id').waitFor()
  await page.goto(`${url}/console/reports/nope`)
  await page.getByRole('alert').getByText('expected a UUID').waitFor()
  await page.goto(`${url}/console/people?search=nobody@example.org`)
  await page.getByLabel('Your name').fill('Zoë')
  await page.getByRole('button', { name: 'Find by address' }).click()
  await page.getByText('No user has this username, id or address').waitFor()
  t.strictSame(faults, [])
})

t.test('An erasure is confirmed by the username, and shown to its end', async (t) => {
  const without = await administered(t, { ADMIN_DATABASE_URL: '' }, databaseUrl)
  const other = await openConsole(t, browser, without.url, { path: person })
  await other.page
    .getByText('Not possible here, because this process has no ADMIN_DATABASE_URL')
    .waitFor()
  t.equal(await other.page.getByRole('button', { name: 'Erase the personal data' }).count(), 0)

  const acts = await actsFrom(owner)
  const { page, faults } = await open(person)
  await page.getByLabel('Your name').fill('Zoë')
  const confirmation = page.getByLabel('Type bob to confirm')
  await confirmation.fill('ada')
  await confirmation.press('Enter')
  await page.getByRole('alert').getByText('Nothing was erased. Type bob to confirm.').waitFor()
  t.strictSame(await acts(), [])
  await confirmation.fill('bob')
  await confirmation.press('Enter')
  await page.getByText('The personal data are erased, at position').waitFor()
  await heading(page, 'An erased user')
  t.strictSame(await violations(page), [])
  await page.reload()
  await page.getByText(/^The personal data were erased .* by Zoë\.$/).waitFor()
  t.equal(await page.getByRole('button', { name: 'Suspend' }).count(), 0)
  t.strictSame(await acts(), ['Zoë: forget'])
  t.strictSame([...faults, ...other.faults], [])
})

t.test('A page shows the erasure of another operator, and offers nothing beside it', async (t) => {
  const dora = await arrive('dora')
  const blocker = await connect(t, databaseUrl)
  await blocker.query('select pg_advisory_lock(17744, 2)')
  const { page, faults } = await open(`/people/${dora.user.id}`)
  await page.getByText('Active', { exact: true }).waitFor()
  const erase = (messages: string) => act('POST', '/erasures', { userId: dora.user.id, messages })
  await erase('author')
  await page.getByText('Ada is erasing the personal data.').waitFor()
  t.equal(await page.getByText('Active', { exact: true }).count(), 0)
  for (const name of ['Suspend', 'End all sessions', 'Erase the personal data']) {
    t.equal(await page.getByRole('button', { name }).count(), 0, name)
  }
  t.strictSame(await violations(page), [])
  await page.reload()
  await page.getByText('Ada is erasing the personal data.').waitFor()
  await blocker.query('select pg_advisory_unlock(17744, 2)')
  await page.getByText('The personal data are erased, at position').waitFor()
  await heading(page, 'An erased user')
  t.strictSame(faults, [])
})

t.test('An erasure that fails after its commit refers to the state of the user', async (t) => {
  const carol = await arrive('carol')
  const blocker = await connect(t, databaseUrl)
  // The erasure does not wait for this lock, but the statistics that are renewed after it do.
  await blocker.query('begin')
  await blocker.query('lock table log.user_registered_0 in share update exclusive mode')
  const { page, faults } = await open(`/people/${carol.user.id}`)
  await page.getByLabel('Your name').fill('Zoë')
  const confirmation = page.getByLabel('Type carol to confirm')
  await confirmation.fill('carol')
  await confirmation.press('Enter')
  await heading(page, 'An erased user')
  await until('the job renews the statistics', async () => {
    const { rows } = await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query = 'select log.renew_statistics()'`,
    )
    return rows.length > 0
  })
  const alert = page.getByRole('alert').filter({ hasText: 'It failed.' })
  t.match(await alert.textContent(), 'The state above shows whether the data are erased.')
  t.equal(await page.getByText(/nothing was erased/i).count(), 0)
  await blocker.query('rollback')
  t.strictSame(faults, [])
})
