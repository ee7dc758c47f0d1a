// Two people chat on two servers while one server restarts and responses get lost. On both screens, no message is lost,
// doubled or out of order. Skipped where no Chromium is installed.

import type { Page } from 'playwright-core'
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import { texts } from '../../support/browser-page.ts'
import { logIn, openChat, write } from '../../support/chat-windows.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { served } from '../../support/http/served.ts'
import { until } from '../../support/until.ts'

needChromium(t)

const [{ server, databaseUrl, log, arrive }, browser] = await Promise.all([
  served(t, { WEB_CHAT: 'on' }),
  startChromium(t),
])

const env = { RATE_LIMITS: 'off', WEB_CHAT: 'on', LOG_LEVEL: 'silent' }
const startOn = (port: string) =>
  serve({ config: loadConfig({ ...env, PORT: port }), databaseUrl, log })

/** A person's page, and how often it has sent a message or loaded a list. */
async function openFor(email: string, url: string) {
  const { page } = await openChat(t, browser, url)
  const requests = { sent: 0, loads: 0 }
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (request.method() === 'POST' && pathname === '/messages') requests.sent += 1
    if (request.method() === 'GET' && /^\/(messages|conversations)/.test(pathname)) {
      requests.loads += 1
    }
  })
  await logIn(page, email)
  return { page, requests }
}

/** Waits until the server has confirmed this many messages of the conversation on the screen. */
const confirmed = (page: Page, count: number) =>
  page
    .locator('.messages [data-id]')
    .nth(count - 1)
    .waitFor({ timeout: 30_000 })

/** Loses the response to the next message, which the server has stored. */
async function loseResponse(page: Page): Promise<void> {
  await page.route(
    '**/messages',
    async (route) => {
      await route.fetch()
      await route.abort('connectionreset')
    },
    { times: 1 },
  )
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => String(from + index))

t.test('Two people on two servers see the same while one server restarts', async (t) => {
  let restarting = await startOn('0')
  t.teardown(() => restarting.close())
  const people = [await arrive('eve'), await arrive('fay')] as const
  const [eve, fay] = await Promise.all([
    openFor(people[0].email, restarting.url),
    openFor(people[1].email, server.url),
  ])
  const pages = [eve.page, fay.page]
  for (const [index, page] of pages.entries()) {
    await page.evaluate(`location.hash = '#/with/${people[1 - index]?.user.id}'`)
    await page.locator('#content').waitFor()
  }
  for (const text of numbers(0, 4)) for (const page of pages) await write(page, text)
  // An earlier message can have been sent twice, too, on a busy machine.
  const sentBefore = fay.requests.sent
  await loseResponse(fay.page)
  await write(fay.page, '4')
  for (const page of pages) await confirmed(page, 9)
  await until('the lost message is sent again', async () => {
    return fay.requests.sent >= sentBefore + 2
  })

  await restarting.close()
  const [before, { sent, loads }] = [await texts(eve.page), { ...eve.requests }]
  for (const text of numbers(4, 8)) await write(eve.page, text)
  for (const text of numbers(5, 9)) await write(fay.page, text)
  t.strictSame(await texts(eve.page), [...before, ...numbers(4, 8)], 'shown before it is stored')
  await until('the client sends more often than the three times of other requests', async () => {
    return eve.requests.sent > sent + 4
  })
  t.equal(await eve.page.locator('.pending').count(), 4)
  restarting = await startOn(new URL(restarting.url).port)
  for (const page of pages) await write(page, '9')
  for (const page of pages) await confirmed(page, 19)
  t.equal(eve.requests.loads, loads, 'events bring what was missed, without loading lists again')
  await compare(t, pages, people)
})

type Person = Awaited<ReturnType<typeof arrive>>

/** The screens show what the server has stored, and the server has stored what each person has written, once. */
async function compare(
  t: Pick<typeof import('tap').default, 'strictSame'>,
  pages: readonly Page[],
  people: readonly [Person, Person],
): Promise<void> {
  const query = { with: people[1].user.id, limit: 100 }
  const { data } = await people[0].client.GET('/messages', { params: { query } })
  const stored = data?.items.toReversed() ?? []
  const ids = `[...document.querySelectorAll('.messages li')].map((one) => one.dataset.id)`
  for (const page of pages) {
    const shown = await page.evaluate(ids)
    t.strictSame(
      shown,
      stored.map(({ id }) => id),
    )
  }
  const writtenBy = ({ user }: Person) =>
    stored.filter(({ from }) => from === user.id).map(({ content }) => content)
  t.strictSame(writtenBy(people[0]), [...numbers(0, 8), '9'])
  t.strictSame(writtenBy(people[1]), numbers(0, 10))
}
