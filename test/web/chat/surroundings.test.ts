// The chat among other devices, hostile texts and a proxy, in a real browser. Skipped where no Chromium is installed.

import t from 'tap'
import { go, shows } from '../../support/browser-page.ts'
import { logIn, openChat, servedBelow, write } from '../../support/chat-windows.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { password, served } from '../../support/http/served.ts'

needChromium(t)

const productName = `</title><img src=x onerror=hit()>"'`
const hostile = `${productName}<svg onload=hit()><script>hit()</script>\${hit()}`

const [{ server, arrive, owner, send }, browser] = await Promise.all([
  served(t, { WEB_CHAT: 'on', PRODUCT_NAME: productName }),
  startChromium(t),
])

t.test('Texts of users and of the operator never run as code', async (t) => {
  const [ada, bob] = [await arrive('ada'), await arrive('bob')]
  const body = { email: ada.email, password, label: hostile.slice(0, 64) }
  const headers = { 'user-agent': hostile }
  await send('/sessions', {
    method: 'POST',
    body: JSON.stringify({ ...body, label: undefined }),
    headers,
  })
  await send('/sessions', { method: 'POST', body: JSON.stringify(body), headers })
  await bob.client.POST('/messages', { body: { to: ada.user.id, content: hostile } })
  const { context, page, faults } = await openChat(t, browser, server.url)
  await context.addInitScript('window.hits = 0; window.hit = () => { hits += 1 }')
  await page.reload()
  t.equal(await page.title(), productName)
  await shows(page, productName)
  await logIn(page, ada.email)
  await page.locator('.excerpt').getByText(hostile).waitFor()
  await go(page, `#/with/${bob.user.id}`, 'bob')
  await page.locator('.text').getByText(hostile).waitFor()
  await go(page, '#/search', 'Search')
  await page.getByRole('searchbox').fill('script')
  await page.keyboard.press('Enter')
  await page.locator('.results').getByText(hostile).waitFor()
  await go(page, '#/settings', 'Settings')
  await page.locator('.rows').getByText(body.label).first().waitFor()
  t.equal(await page.locator('script, img, svg').count(), 2, 'the scripts of the page alone')
  t.equal(await page.evaluate('hits'), 0)
  t.strictSame(faults, [])
})

t.test('A change on one device shows on the other', async (t) => {
  const [cid, dan] = [await arrive('cid'), await arrive('dan')]
  const { page: phone } = await openChat(t, browser, server.url)
  const { page: laptop } = await openChat(t, browser, server.url)
  for (const page of [phone, laptop]) await logIn(page, cid.email)
  await go(laptop, '#/settings', 'Settings')
  await laptop.locator('.rows li').nth(2).waitFor()
  await go(phone, `#/with/${dan.user.id}`, 'dan')
  await write(phone, 'from the phone')
  await laptop.locator('.excerpt').getByText('from the phone').waitFor()
  await phone.getByRole('button', { name: 'Block' }).click()
  await laptop.getByRole('button', { name: 'Unblock dan' }).click()
  await phone.getByRole('button', { name: 'Block', exact: true }).waitFor()
  await shows(laptop, 'You have blocked no one.')
  t.equal(await laptop.evaluate('document.activeElement.id'), 'heading', 'the focus is not lost')

  await cid.client.DELETE('/sessions/current')
  await laptop.evaluate(`dispatchEvent(new Event('focus'))`)
  await laptop.locator('.rows li').nth(2).waitFor({ state: 'detached' })
  await laptop.getByRole('button', { name: 'Log out elsewhere' }).click()
  await phone.getByRole('heading', { name: 'Log in' }).waitFor()
})

t.test('A screen that fails to load says why, and loads later', async (t) => {
  const [kim, lou] = [await arrive('kim'), await arrive('lou')]
  await lou.client.POST('/messages', { body: { to: kim.user.id, content: 'Are you there?' } })
  const { page, faults } = await openChat(t, browser, server.url)
  await logIn(page, kim.email)
  await page.locator('.excerpt').getByText('Are you there?').waitFor()
  let requests = 0
  const lists = /\/(messages|sessions)\?/
  await page.route(lists, (route) => {
    requests += 1
    const problem = { code: 'internal', title: 'The server failed', status: 500 }
    return route.fulfill({ status: 500, json: problem, contentType: 'application/problem+json' })
  })
  const alert = page.getByRole('alert').getByText('The server failed')
  await go(page, `#/with/${lou.user.id}`, 'lou')
  await alert.waitFor()
  await write(page, 'I am')
  await page.locator('.text').getByText('I am').waitFor()
  t.equal(requests, 1, 'no request for each change of the screen')
  await go(page, '#/settings', 'Settings')
  await alert.waitFor()
  await page.unroute(lists)
  await go(page, `#/with/${lou.user.id}`, 'lou')
  await page.locator('.text').getByText('Are you there?').waitFor()
  t.equal(await alert.count(), 0)
  t.strictSame(faults, [])
})

t.test('A received message can be reported, once until an operator settles it', async (t) => {
  const [meg, ned] = [await arrive('meg'), await arrive('ned')]
  await ned.client.POST('/messages', { body: { to: meg.user.id, content: 'Buy my pigeons' } })
  await meg.client.POST('/messages', { body: { to: ned.user.id, content: 'No' } })
  const { page, faults } = await openChat(t, browser, server.url)
  await logIn(page, meg.email)
  await go(page, `#/with/${ned.user.id}`, 'ned')
  const report = async () => {
    await page.getByRole('button', { name: 'Report: Buy my pigeons' }).click()
    await page.getByLabel('Why are you reporting this message?').fill('It is spam')
    await page.getByRole('button', { name: 'Report', exact: true }).click()
  }
  await report()
  await page.getByRole('status').getByText('The message was reported.').waitFor()
  const { rows } = await owner.query(
    'select reason, user_id as reporter_id from log.message_reported_17',
  )
  t.strictSame(rows, [{ reason: 'It is spam', reporter_id: meg.user.id }])
  await report()
  await page.getByRole('alert').getByText('reported').waitFor()
  t.equal(await page.getByRole('button', { name: /^Report: No/ }).count(), 0, 'not one of your own')
  t.strictSame(faults, [])
})

t.test('The chat and the pages work behind a proxy that serves them below a path', async (t) => {
  const url = await servedBelow(t, server.url)
  const [eve, fay] = [await arrive('eve'), await arrive('fay')]
  const { page, faults } = await openChat(t, browser, url)
  await logIn(page, eve.email)
  await go(page, `#/with/${fay.user.id}`, 'fay')
  await write(page, 'Hello')
  await page.locator('.own[data-id]').waitFor()
  await fay.client.POST('/messages', { body: { to: eve.user.id, content: 'Hello yourself' } })
  await page.locator('.text').getByText('Hello yourself').waitFor()
  await page.goto(`${url}/verify-email#token=x`)
  await page.getByRole('button').click()
  await shows(page, 'This link has expired or was already used. Request a new one.')
  t.strictSame(faults, [])
  for (const path of ['about', 'problems', 'problems/blocked', 'docs']) {
    const headers = { accept: 'text/html' }
    const body = await (await fetch(`${url}/${path}`, { headers })).text()
    const links = [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => {
      return new URL(link, `${url}/${path}`).href
    })
    t.ok(links.length > 2, path)
    for (const link of new Set(links)) {
      t.ok(link.startsWith(`${url}/`), link)
      t.equal((await fetch(link)).status, 200, link)
    }
  }
  const document = (await (await fetch(`${url}/docs/json`)).json()) as {
    servers: [{ url: string }]
  }
  t.equal(new URL(document.servers[0].url, `${url}/docs/json`).href, `${url}/`)
})
