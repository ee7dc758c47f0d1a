// Cookie mode in a real browser: a page of the service needs no token, and a page of another site, or of a
// subdomain, can neither read nor change anything with the visitor's cookie. Skipped where no Chromium is installed.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t from 'tap'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { password, served } from '../../support/http/served.ts'

needChromium(t)

/**
 * Serves an empty page under every name: Chromium lets no invented page call this machine. `planted` is a cookie that
 * it tries to set for the service.
 */
let planted = ''
const pages = createServer((_request, response) => {
  if (planted) response.setHeader('set-cookie', planted)
  // As bytes: Node writes a header in UTF-8 where a text follows, and in Latin-1 otherwise.
  const page = Buffer.from('<!doctype html><title>a page</title>')
  response.setHeader('content-type', 'text/html').end(page)
})
await once(pages.listen(0, '127.0.0.1'), 'listening')
t.teardown(() => pages.close().closeAllConnections())
const pagePort = (pages.address() as AddressInfo).port
// Names below .localhost lead to this machine; `chat.site.localhost` and `evil.site.localhost` are one site.
const listed = `http://app.site.localhost:${pagePort}`
const evils = ['evil.localhost', 'evil.site.localhost', 'chat.site.localhost']
const [{ server, arrive }, browser] = await Promise.all([
  served(t, { CORS_ORIGINS: listed }),
  startChromium(t),
])
const own = `http://chat.site.localhost:${new URL(server.url).port}`
const context = await browser.newContext()

/** A page of an origin. The service's own pages permit few scripts, so this one is invented, too. */
async function pageOf(origin: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  await page.route(`${own}/page`, (route) => route.fulfill({ contentType: 'text/html' }))
  await page.goto(`${origin}/page`)
  return page
}

const call = (page: Page, path: string, method = 'GET', body?: object, more: object = {}) =>
  page.evaluate(
    async ({ url, method, body, more }) => {
      const headers = body ? { 'content-type': 'application/json' } : {}
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }), ...more }
      try {
        const answer = await fetch(url, { credentials: 'include', ...init })
        return { status: answer.status, text: await answer.text() }
      } catch {
        return { status: 0, text: '' }
      }
    },
    { url: own + path, method, body, more },
  )

const ada = await arrive('ada')
const login = { email: ada.email, password, cookie: true }
const home = await pageOf(own)
const messages = async () => {
  const { data } = await ada.client.GET('/messages', { params: { query: { box: 'sent' } } })
  return data?.items.map(({ content }) => content) ?? []
}

t.test('A page logs in with a cookie, and fetch and EventSource need no token', async (t) => {
  const { status, text } = await call(home, '/sessions', 'POST', login)
  t.equal(status, 201)
  t.notMatch(text, 'token')
  const [cookie] = await context.cookies(own)
  t.match(cookie, { name: '__Host-epistle', httpOnly: true, secure: true, sameSite: 'Strict' })
  t.equal(await home.evaluate('document.cookie'), '', 'no script can read it')
  const frame = home.evaluate(`new Promise((resolve) => {
    const source = new EventSource('/stream')
    source.addEventListener('ready', () => {
      const body = JSON.stringify({ to: '${ada.user.id}', content: 'from the page' })
      fetch('/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    })
    source.addEventListener('message_sent', ({ data }) => resolve(JSON.parse(data).content))
  })`)
  t.equal(await frame, 'from the page')
})

t.test('A listed origin of the same site can use the cookie', async (t) => {
  const page = await pageOf(listed)
  t.equal((await call(page, '/users/me')).status, 200)
  const body = { to: ada.user.id, content: 'from the app' }
  t.equal((await call(page, '/messages', 'POST', body)).status, 201)
})

for (const evil of evils.map((name) => `http://${name}:${pagePort}`)) {
  t.test(
    `A page of ${evil.replace(/\d+$/, 'another port')} can neither read nor change anything`,
    async (t) => {
      const before = await messages()
      const page = await pageOf(evil)
      const body = { to: ada.user.id, content: 'from another site' }
      t.equal((await call(page, '/users/me')).status, 0, 'no script can read a response')
      t.equal((await call(page, '/messages', 'POST', body)).status, 0)
      t.equal((await call(page, '/sessions/current', 'DELETE')).status, 0)
      const simple = { mode: 'no-cors', headers: { 'content-type': 'text/plain' } }
      await call(page, '/messages', 'POST', body, simple)
      await call(page, '/sessions', 'POST', { ...login, password: 'x' }, simple)
      const [answer] = await Promise.all([
        page.waitForNavigation(),
        page.evaluate(`
        document.body.innerHTML = '<form method=post enctype=text/plain><input></form>'
        document.forms[0].action = '${own}/messages'
        document.forms[0][0].name = ${JSON.stringify(JSON.stringify(body))}
        document.forms[0].submit()`),
      ])
      t.ok([401, 403].includes(answer?.status() ?? 0), `a form gets ${answer?.status()}`)
      t.strictSame(await messages(), before)
      t.equal((await call(home, '/users/me')).status, 200, 'the visitor stays logged in')
    },
  )
}

t.test('A page of a subdomain cannot log its visitors in as another user', async (t) => {
  const { client, email } = await arrive('grace')
  const { data } = await client.POST('/sessions', { body: { email, password } })
  const visitor = await browser.newContext()
  const page = await visitor.newPage()
  await page.route(`${own}/page`, (route) => route.fulfill({ contentType: 'text/html' }))
  // Chromium stores no such cookie whose name begins with the prefix, and sends the other one as it is.
  for (const space of ['', '\u00a0']) {
    planted = `${space}__Host-epistle=${data?.token}; Domain=site.localhost; Path=/`
    await page.goto(`http://evil.site.localhost:${pagePort}`)
    await page.goto(`${own}/page`)
    t.equal((await call(page, '/users/me')).status, 401, JSON.stringify(space))
  }
  planted = ''
  await visitor.close()
})

t.test('Logging out deletes the cookie', async (t) => {
  t.equal((await call(home, '/sessions/current', 'DELETE')).status, 204)
  t.strictSame(await context.cookies(own), [])
  t.equal((await call(home, '/users/me')).status, 401)
})
