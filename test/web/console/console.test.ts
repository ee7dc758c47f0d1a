// The console in a real browser: its views, their addresses, the keyboard, and personal data. Skipped where no Chromium
// is installed.
import t from 'tap'
import { violations } from '../../support/browser-page.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { heading, openConsole, overflows } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { idleWorker } from '../../support/idle-worker.ts'

needChromium(t)

const [{ url, arrive, owner, server, databaseUrl }, browser] = await Promise.all([
  administered(t),
  startChromium(t),
])
await idleWorker(t, databaseUrl)
const hostile = '<img src=x onerror=hit()>'
const ada = await arrive('ada')
const bob = await arrive('bob')
const send = (content: string) =>
  ada.client.POST('/messages', { body: { to: bob.user.id, content } })
await send(hostile)

const addresses = {
  '': 'Now',
  '/': 'Now',
  '/now': 'Now',
  '/matrix': 'Matrix',
  '/matrix/users_2/user_registered_1': 'Matrix',
  '/tables': 'Tables',
  '/tables/jobs/999': 'Tables',
  '/tables/users_2': 'users_2',
  '/tables/gone_1/jobs/999': 'gone_1',
  '/upgrade': 'Upgrade',
  '/log?type=message_sent_3': 'Log',
  '/log/1': 'user_registered_1 at position 1',
  '/stream': 'Stream',
  [`/stream/${ada.user.id}/1`]: 'Stream of user',
  '/work': 'Work',
  '/statistics': 'Statistics',
  '/no/such/view': 'Not found',
}

/** The addresses that axe-core checks, which takes a second for each. `npm run soak -- console` checks each in both sizes. */
const checked = [
  `/stream/${ada.user.id}/1`,
  '/statistics',
  '/now',
  '/matrix/users_2/user_registered_1',
  '/log/1',
]
const sizes = [
  { width: 360, height: 640, colorScheme: 'dark' },
  { width: 1280, height: 800, colorScheme: 'light' },
] as const

t.test(
  'Every address of the console leads to its view, in light and dark, wide and narrow',
  async (t) => {
    const { page, faults } = await openConsole(t, browser, url)
    for (const [path, title] of Object.entries(addresses)) {
      const response = await page.goto(`${url}/console${path}`)
      t.equal(response?.status(), 200, path)
      await heading(page, title)
      await page.getByText('Loading …').waitFor({ state: 'detached' })
      for (const [n, { colorScheme, ...size }] of sizes.entries()) {
        await page.setViewportSize(size)
        await page.emulateMedia({ colorScheme })
        t.notOk(await overflows(page), `${path} at ${size.width} px`)
        const isChecked = process.env.SOAK_CONSOLE === 'all' || checked.indexOf(path) % 2 === n
        if (isChecked) t.strictSame(await violations(page), [], `${path} in ${colorScheme}`)
      }
    }
    t.strictSame(faults, [])
  },
)

t.test('The root of the admin port leads to the console, without caching its data', async (t) => {
  const response = await fetch(`${url}/`)
  t.equal(response.url, `${url}/console`)
  t.match(response.headers.get('content-security-policy'), "frame-ancestors 'none'")
  t.equal((await fetch(`${server.url}/console`)).status, 404, 'not on the public port')
})

t.test('Now is calm when all is well, and names what is not', async (t) => {
  // The figures of appends are those of the last minute, and the addresses can have taken longer.
  await send('one for the figures')
  const { page, faults } = await openConsole(t, browser, url)
  await page.getByText('All is well.').waitFor()
  await page
    .getByRole('region', { name: 'Servers and workers' })
    .getByText('held')
    .first()
    .waitFor()
  const figure = (name: string) => page.locator('.figures div', { hasText: name }).locator('dd')
  t.match(await figure('Batch size').textContent(), /^\d+\.\d$/)
  t.match(await figure('Append p99').textContent(), /^[\d.]+ m?s$/)
  await page
    .getByText(/are those of epistle serve 127\.0\.0\.1:0, process \d+: \d+ appends? in/)
    .waitFor()
  await owner.query(
    `update work.tasks set attempts = 1, last_error = 'no route'
     where process = (select min(process) from work.tasks)`,
  )
  await page.getByText('1 thing to look at').waitFor()
  await page.getByText('The last error: no route').waitFor()
  await owner.query('update work.tasks set attempts = 0, last_error = null')
  await page.getByText('All is well.').waitFor()
  t.strictSame(faults, [])
})

t.test(
  'A cell of the Matrix shows its chain of casts to the pointer and to the keyboard',
  async (t) => {
    const { page, faults } = await openConsole(t, browser, url, { path: '/matrix' })
    const chain = page.locator('#chain')
    const cell = page.getByRole('button', { name: 'user_registered_0 in users_2: up' })
    await cell.hover()
    await chain.getByText('user_registered_0 → user_registered_1 → users_2').waitFor()
    await page.getByRole('heading', { name: 'Matrix' }).hover()
    await chain.getByText('Choose a cell').waitFor()
    await cell.focus()
    await chain.getByText('user_registered_0 → user_registered_1 → users_2').waitFor()
    t.match(page.url(), /\/console\/matrix\/users_2\/user_registered_0$/)
    await page.keyboard.press('ArrowDown')
    t.match(page.url(), /\/console\/matrix\/users_2\/(?!user_registered_0)\w+$/)
    await page.keyboard.press('ArrowUp')
    t.equal(
      await page.evaluate('document.activeElement.ariaLabel'),
      'user_registered_0 in users_2: up',
    )
    t.equal(await page.locator('button.cell[tabindex="0"]').count(), 1, 'one stop of Tab')
    t.strictSame(faults, [])
  },
)

t.test(
  'The cell of a Matrix address is in view and marked, and each row has its whole name',
  async (t) => {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      const path = '/matrix/users_2/user_suspended_17'
      const { page, faults } = await openConsole(t, browser, url, { path, viewport })
      const size = `at ${viewport.width} px`
      await page.getByRole('button', { name: /^user_suspended_17 in users_2:/ }).waitFor()
      // Its middle is in the window, and no head of a row or column covers it.
      const isInView = `(() => {
        const cell = document.querySelector('[aria-label^="user_suspended_17 in users_2:"]')
        const { x, y, width, height } = cell.getBoundingClientRect()
        return document.elementFromPoint(x + width / 2, y + height / 2) === cell
      })()`
      await page.waitForFunction(isInView, undefined, { timeout: 3_000 }).catch(() => undefined)
      t.ok(await page.evaluate(isInView), `in view ${size}`)
      const marked = page.locator('[role=grid] [aria-current=true]')
      t.match(await marked.getAttribute('aria-label'), /^user_suspended_17 in users_2:/, 'alone')
      const cut = `[...document.querySelectorAll('.grid tbody th')]
        .filter((head) => head.scrollWidth > head.clientWidth).map((head) => head.textContent)`
      t.strictSame(await page.evaluate(cut), [], `names that are cut ${size}`)
      t.strictSame(await violations(page), [], size)
      t.strictSame(faults, [])
    }
  },
)

t.test('The Log follows new events, keeps its filter in the address, and pages back', async (t) => {
  for (let count = 0; count < 59; count += 1) await send(`message ${count}`)
  const { page, faults } = await openConsole(t, browser, url, { path: '/log' })
  await page.getByLabel('Event type').selectOption('message_sent_3')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.waitForURL(`${url}/console/log?type=message_sent_3`)
  const rows = page.getByRole('region', { name: 'Events' }).locator('tbody tr')
  await rows.nth(49).waitFor()
  t.equal(await rows.count(), 50)
  await page.getByRole('button', { name: 'Show older events' }).click()
  await rows.nth(60).waitFor()
  await send('one more')
  await rows.nth(61).waitFor()
  t.equal(await rows.count(), 62)
  await page.goBack()
  await page.waitForURL(`${url}/console/log`)
  t.equal(await page.getByLabel('Event type').inputValue(), '', 'the filter of this address')
  await rows.nth(49).waitFor()
  t.strictSame(faults, [])
})

t.test('An event is shown in every version, and personal data only when asked for', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/log/1' })
  const recorded = page.getByRole('region', { name: 'user_registered_1, as recorded' })
  await page.getByRole('region', { name: 'user_registered_0, cast down' }).waitFor()
  await recorded.getByText('masked').first().waitFor()
  t.equal(await page.getByText('ada@example.org').count(), 0)
  await page.getByLabel('Your name').fill('Zoë')
  await page.keyboard.press('Enter')
  await recorded.getByText('ada@example.org').waitFor()
  const { rows } = await owner.query('select actor, act from work.acts')
  t.strictSame(
    rows,
    [{ actor: 'Zoë', act: 'show_personal' }],
    'one request, although the view refreshes',
  )
  await page.getByRole('link', { name: 'Back to the log' }).click()
  await heading(page, 'Log')
  t.strictSame(faults, [])
})

t.test('A server that cannot be reached is named, and the last readings stay', async (t) => {
  const { page } = await openConsole(t, browser, url)
  await page.getByText('All is well.').waitFor()
  await page.route('**/status', (route) => route.abort())
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor()
  t.equal(await page.getByText('All is well.').count(), 1)
  await page.unroute('**/status')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page
    .getByRole('alert')
    .getByText('The server cannot be reached.')
    .waitFor({ state: 'detached' })
})

t.test('A hidden tab reads nothing, and reads at once when it is visible again', async (t) => {
  const { page } = await openConsole(t, browser, url)
  await page.getByText('All is well.').waitFor()
  const turn = (hidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'))`)
  await turn(true)
  await page.getByText(/^As of /).waitFor()
  let requests = 0
  page.on('request', () => {
    requests += 1
  })
  await page.waitForTimeout(2_500)
  t.equal(requests, 0)
  await turn(false)
  await page.getByText(/^Live /).waitFor()
})

t.test('Statistics are drawn, and listed as numbers', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/statistics' })
  const today = new Date().toISOString().slice(0, 10)
  await page.getByRole('img', { name: /^New users\. At most 2 on a day/ }).waitFor()
  const first = new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10)
  const texts = await page.locator('.drawing').last().locator('span').allTextContents()
  t.strictSame(texts, ['2', '0', first, today], 'the ends of both axes')
  const row = page.getByRole('region', { name: 'Days' }).locator('tbody tr').first()
  t.match(await row.textContent(), new RegExp(`^\\s*${today}`))
  t.strictSame(faults, [])
})
