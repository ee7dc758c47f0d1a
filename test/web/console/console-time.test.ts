// The console's view Time: a slider over the log, and a read table as of then beside now. Skipped where no Chromium is
// installed.
import type { Page, Request } from 'playwright-core'
import t from 'tap'
import { violations } from '../../support/browser-page.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { heading, openConsole, overflows } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'

needChromium(t)

const [{ url, arrive, owner }, browser] = await Promise.all([administered(t), startChromium(t)])
const ada = await arrive('ada')
const bob = await arrive('bob')
const send = async (content: string) => {
  const { data } = await ada.client.POST('/messages', { body: { to: bob.user.id, content } })
  return data?.id ?? ''
}
const first = await send('hello')
const second = await send('how are you?')
await bob.client.PUT('/blocks/{userId}', { params: { path: { userId: ada.user.id } } })
const head = async () => {
  const { rows } = await owner.query('select max(position)::int as head from log.events')
  return rows[0].head as number
}
const then = await head()
await bob.client.DELETE('/blocks/{userId}', { params: { path: { userId: ada.user.id } } })
const edited = { params: { path: { id: first } }, body: { content: 'hello again' } }
await ada.client.PATCH('/messages/{id}', edited)
await send('a third one')
const now = await head()

const rowsOf = (page: Page, table: string) => page.getByRole('region', { name: `Rows of ${table}` })
const row = (page: Page, name: RegExp) => rowsOf(page, 'messages_10').getByRole('row', { name })
const slider = (page: Page) => page.getByRole('slider', { name: /^Position \d+ of \d+$/ })

/** Waits until the rows of this position are shown. */
const shownAt = (page: Page, position: number) =>
  page
    .locator('.figures div')
    .filter({ hasText: new RegExp(`^\\s*Then, position\\s*${position}\\b`) })
    .waitFor()

/** Counts requests for comparisons, and the most that were under way at once. */
function watch(page: Page) {
  const seen = { all: 0, atOnce: 0, most: 0 }
  const ended = (request: Request) => {
    if (isComparison(request)) seen.atOnce -= 1
  }
  page.on('request', (request) => {
    if (!isComparison(request)) return
    seen.all += 1
    seen.atOnce += 1
    seen.most = Math.max(seen.most, seen.atOnce)
  })
  page.on('requestfinished', ended).on('requestfailed', ended)
  return seen
}

const isComparison = (request: Request) => request.url().includes('/comparison?')

/** Waits until the view has refreshed. */
const refreshed = (page: Page) => page.waitForResponse(/\/status$/)

t.test('A table as of then is beside now, and rows that differ are marked', async (t) => {
  for (const options of [
    { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
    { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  ] as const) {
    const path = `/time/messages_10?at=${then}`
    const { page, faults } = await openConsole(t, browser, url, { path, ...options })
    await heading(page, 'Time')
    await row(page, /^added/).waitFor()
    t.match(await row(page, /^changed/).textContent(), first)
    t.match(await row(page, /^same/).textContent(), second)
    t.equal(await page.getByText('hello').count(), 0, 'texts are masked')
    t.equal(await slider(page).inputValue(), String(then))
    t.notOk(await overflows(page))
    t.strictSame(await violations(page), [])
    t.strictSame(faults, [])
  }
})

t.test('A row that is gone since is marked as removed', async (t) => {
  const path = `/time/blocks_17?at=${then}&rows=differing`
  const { page, faults } = await openConsole(t, browser, url, { path })
  const removed = rowsOf(page, 'blocks_17').getByRole('row', { name: /^removed/ })
  t.match(await removed.textContent(), ada.user.id)
  await page.getByLabel('Only rows that differ').uncheck()
  await page.waitForURL(`${url}/console/time/blocks_17?at=${then}`)
  await page.getByLabel('Read table').selectOption('user_ids_0')
  await rowsOf(page, 'user_ids_0').getByRole('row', { name: /^same/ }).first().waitFor()
  t.match(page.url(), /\/time\/user_ids_0\?at=/)
  t.strictSame(faults, [])
})

t.test('The slider moves by keyboard; one request at a time follows it', async (t) => {
  const path = '/time/messages_10'
  const { page, faults } = await openConsole(t, browser, url, { path })
  const seen = watch(page)
  await page.getByText('Move the slider, or enter').waitFor()
  t.equal(await slider(page).inputValue(), String(now), 'at the end of the log')
  await slider(page).focus()
  await page.keyboard.press('Home')
  await page.locator('.slider').getByText('before the first event').waitFor()
  await shownAt(page, 0)
  t.equal(await row(page, /^added/).count(), 3)
  await page.keyboard.press('End')
  for (let presses = now; presses > then; presses -= 1) await page.keyboard.press('ArrowLeft')
  await shownAt(page, then)
  await page.waitForURL(`${url}/console/time/messages_10?at=${then}`)
  t.match(await page.locator('.slider time').getAttribute('datetime'), /^20\d\d-.*Z$/)
  t.equal(seen.most, 1)
  t.ok(seen.all <= 1 + now - then, 'the slider rests before it is read')
  t.strictSame(faults, [])
})

t.test('An answer that comes late does not replace a newer one', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/time/messages_10' })
  const late = Promise.withResolvers<void>()
  await page.route(/comparison\?at=1&/, async (route) => {
    await late.promise
    await route.continue().catch(() => undefined)
  })
  await page.getByLabel('Position or time').fill('1')
  await page.keyboard.press('Enter')
  await page.getByText('Replaying the log').waitFor()
  await page.getByLabel('Position or time').fill(String(then))
  await page.keyboard.press('Enter')
  await shownAt(page, then)
  late.resolve()
  await refreshed(page)
  await shownAt(page, then)
  t.strictSame(faults, [])
})

t.test('A time is entered, and a moment that cannot be shown is explained once', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/time/messages_10' })
  const { rows } = await owner.query(
    'select recorded_at as at from log.events where position = $1',
    [then],
  )
  const seen = watch(page)
  const field = page.getByLabel('Position or time')
  await field.fill(rows[0].at.toISOString())
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await shownAt(page, then)
  t.equal(await slider(page).inputValue(), String(then))
  for (const [given, message] of [
    ['soon', /expected a position, or an RFC 3339 date and time/],
    ['999999', /position 999999 does not exist yet/],
  ] as const) {
    const before = seen.all
    await field.fill(given)
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText(message).waitFor()
    await refreshed(page)
    t.equal(seen.all, before + 1, 'a refresh does not repeat what failed')
  }
  await page.getByRole('button', { name: 'Try again' }).click()
  await page
    .getByRole('alert')
    .getByText(/does not exist yet/)
    .waitFor()
  t.strictSame(faults, [])
})

t.test('Texts are shown when asked for by name, which is recorded once', async (t) => {
  const path = `/time/messages_10?at=${then}`
  const { page, faults } = await openConsole(t, browser, url, { path })
  await page.getByLabel('Your name').fill('Zoë')
  await page.keyboard.press('Enter')
  await row(page, /^changed .*hello hello again/).waitFor()
  await refreshed(page)
  const { rows } = await owner.query('select actor, act, subject from work.acts')
  t.strictSame(rows, [{ actor: 'Zoë', act: 'show_personal', subject: 'messages_10' }])
  await slider(page).focus()
  await page.keyboard.press('ArrowLeft')
  await shownAt(page, then - 1)
  t.equal(await page.getByText('hello').count(), 0, 'masked at another position')
  t.strictSame(faults, [])
})

t.test('Pages follow each other, and damage shows at the end of the log', async (t) => {
  for (let count = 0; count < 30; count += 1) await send(`message ${count}`)
  const end = await head()
  const path = `/time/messages_10?at=${end}`
  const { page, faults } = await openConsole(t, browser, url, { path })
  t.equal(await row(page, /^same/).nth(24).textContent().then(Boolean), true)
  await page.getByRole('link', { name: 'Next rows' }).click()
  await row(page, /^same/).nth(7).waitFor()
  t.equal(await row(page, /^same/).count(), 8, 'the rest of 33')
  await page.getByRole('link', { name: 'First rows' }).click()
  await row(page, /^same/).nth(24).waitFor()
  t.equal(await page.getByText('differs from the log').count(), 0)
  await owner.query('update read.messages_10 set version = 9 where id = $1', [second])
  await page.reload()
  await page.getByText('messages_10 differs from the log in 1 row at the same position').waitFor()
  t.strictSame(faults, [])
})

t.test('The view says that a comparison may wait for those of others', async (t) => {
  const { page, faults } = await openConsole(t, browser, url, { path: '/time' })
  await page.route(/\/comparison\?/, async (route) => {
    await page.getByText('A server does one replay at a time').waitFor()
    await route.continue()
  })
  await page.goto(`${url}/console/time/messages_10?at=${then}`)
  await shownAt(page, then)
  t.equal(await page.getByText('A server does one replay at a time').count(), 0)
  t.strictSame(faults, [])
})
