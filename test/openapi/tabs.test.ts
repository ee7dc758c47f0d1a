// One stream for all tabs of a browser, in Chromium and over HTTP/1.1: seven tabs see each event once and in order,
// when the tab that holds the stream closes, freezes or hangs, and when the server restarts. Skipped without Chromium.
import t, { type Test } from 'tap'
import { openCable } from '../support/cable.ts'
import { needChromium, startChromium } from '../support/chromium.ts'
import { freePort } from '../support/free-port.ts'
import { password, served } from '../support/http/served.ts'
import { pageWithClient, Tab } from '../support/tabs.ts'
import { until } from '../support/until.ts'

needChromium(t)

const origin = await pageWithClient(t)
// The server that restarts keeps its port.
const [{ server, another, arrive }, browser] = await Promise.all([
  served(t, { CORS_ORIGINS: origin, PORT: String(await freePort()) }),
  startChromium(t),
])

/** A user, and a function that opens a tab of the user's browser. */
async function withBrowser(name: string) {
  const { token, user, client } = await arrive(name)
  const context = await browser.newContext()
  t.teardown(() => context.close())
  const sent: string[] = []
  const open = async (options: object = {}, baseUrl = server.url) => {
    const tab = await Tab.open(context, origin)
    await tab.connect({ baseUrl, token })
    await tab.follow(options)
    return tab
  }
  const send = async (content: string) => {
    const { error } = await client.POST('/messages', { body: { to: user.id, content } })
    if (error) throw new Error(error.title)
    sent.push(content)
  }
  const send10 = async (what: string) => {
    for (let n = 0; n < 10; n += 1) await send(`${what} ${n}`)
  }
  return { client, open, send, send10, sent }
}

/** Waits for the tab that holds the stream; there must be only one. */
async function leaderOf(tabs: readonly Tab[]): Promise<Tab> {
  await until('a tab leads', async () => tabs.some(({ streams }) => streams > 0))
  const [leader, ...others] = tabs.filter(({ streams }) => streams > 0)
  t.strictSame(others.length, 0, 'one tab holds the stream')
  return leader as Tab
}

/** Each of the tabs sees all messages once, in their order. */
async function allSee(t: Test, tabs: readonly Tab[], sent: readonly string[]): Promise<void> {
  for (const tab of tabs) {
    await tab.sees('message_sent', sent.at(-1))
    t.strictSame(await tab.contents(), sent)
    t.equal((await tab.events())[0]?.event, 'ready')
  }
}

t.test(
  'Seven tabs over HTTP/1.1 see each event once, whichever tab closes or freezes',
  async (t) => {
    const { client, open, send10, sent } = await withBrowser('ada')
    let tabs = [await open()]
    await tabs[0]?.sees('ready')
    tabs = [...tabs, ...(await Promise.all(Array.from({ length: 6 }, () => open())))]
    await Promise.all(tabs.map((tab) => tab.sees('ready')))
    await send10('at first')
    const profile = `epistle.GET('/users/me').then(({ data }) => data.username)`
    t.equal(
      await tabs[6]?.page.evaluate(profile),
      'ada',
      'there is a connection for other requests',
    )

    const first = await leaderOf(tabs)
    tabs = tabs.filter((tab) => tab !== first)
    await Promise.all([send10('while the leader closes'), first.page.close()])

    const second = await leaderOf(tabs)
    await Promise.all([send10('while the leader freezes'), second.freeze()])
    await leaderOf(tabs.filter((tab) => tab !== second))
    await send10('while a tab is frozen')
    await second.resume()
    await allSee(t, tabs, sent)

    const id = (await tabs[0]?.events())?.[10]?.id
    const late = await open({ lastId: id })
    await late.sees('message_sent', sent.at(-1))
    t.strictSame(await late.contents(), sent.slice(10), 'an old id brings what was missed')
    await send10('at last')
    await allSee(t, tabs, sent)
    t.strictSame(await late.contents(), sent.slice(10))

    await client.DELETE('/sessions/current')
    for (const { page } of [...tabs, late])
      await page.waitForFunction(`window.ended === 'unauthenticated'`)
  },
)

t.test('A visible tab takes the stream over from one that hangs', async (t) => {
  const { open, send10, sent } = await withBrowser('bob')
  const hanging = await open({ silenceMs: 2_000 })
  await hanging.sees('ready')
  const other = await open({ silenceMs: 2_000 })
  await other.sees('ready')
  await send10('at first')
  await other.sees('message_sent', sent.at(-1))
  await hanging.hang(true)
  await send10('while the leader hangs')
  await allSee(t, [other], sent)
  await hanging.hang(false)
  await send10('at last')
  await allSee(t, [hanging, other], sent)
})

t.test('With the cookie, tabs share a stream until one of them logs in again', async (t) => {
  const [{ email, client: own, user }, other] = await Promise.all([arrive('dan'), arrive('eve')])
  const context = await browser.newContext()
  t.teardown(() => context.close())
  const tabs = [await Tab.open(context, origin), await Tab.open(context, origin)] as const
  const baseUrl = server.url.replace('127.0.0.1', 'localhost')
  for (const tab of tabs) await tab.connect({ baseUrl, cookie: true })
  const logIn = (email: string) =>
    tabs[1].page.evaluate(
      `epistle.POST('/sessions', { body: ${JSON.stringify({ email, password, cookie: true })} })
        .then(({ data }) => ({ hasToken: 'token' in data, name: data.user.username }))`,
    )
  t.strictSame(await logIn(email), { hasToken: false, name: 'dan' })
  for (const tab of tabs) await tab.follow()
  await Promise.all(tabs.map((tab) => tab.sees('ready')))
  await own.POST('/messages', { body: { to: user.id, content: 'with the cookie' } })
  for (const tab of tabs) await tab.sees('message_sent', 'with the cookie')
  await leaderOf(tabs)
  await logIn(other.email)
  for (const { page } of tabs) await page.waitForFunction(`window.ended === 'unauthenticated'`)
})

t.test('A tab that waits for its next try connects as soon as it is online', async (t) => {
  const { open, send, sent } = await withBrowser('fay')
  const cable = await openCable(t, server.url)
  const tab = await open({}, cable.url)
  await tab.sees('ready')
  const { clock } = tab.page
  await clock.install()
  await clock.pauseAt(Date.now() + 60_000)
  await tab.page.context().setOffline(true)
  cable.cut()
  await tab.page.waitForFunction(`states.at(-1) === 'closed'`)
  await send('while the tab waits')
  await tab.page.context().setOffline(false)
  await allSee(t, [tab], sent)
})

t.test('Tabs see each event once when the server restarts', async (t) => {
  const { open, send, send10, sent } = await withBrowser('cid')
  const tabs = await Promise.all([open(), open(), open()])
  await Promise.all(tabs.map((tab) => tab.sees('ready')))
  await send10('before')
  await server.close()
  await another()
  await send('after')
  await allSee(t, tabs, sent)
  const states = await Promise.all(tabs.map(({ page }) => page.evaluate('states')))
  for (const seen of states) t.strictSame(seen, ['open', 'closed', 'open'])
})
