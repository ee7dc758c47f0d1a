// Windows of a browser in which people use the chat, with what they report.
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Finishing } from './database.ts'
import { password } from './http/served.ts'

/** Opens the chat in a window with its own cookies. `faults` collects refused content, errors and foreign requests. */
export async function openChat(
  t: Finishing,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
) {
  const context = await browser.newContext(options)
  t.teardown(() => context.close())
  const faults: string[] = []
  context.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) faults.push(message.text())
  })
  context.on('weberror', (error) => faults.push(String(error.error())))
  context.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !/^(data|blob):/.test(request.url())) {
      faults.push(request.url())
    }
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`${url}/`)
  return { context, page, faults }
}

export async function logIn(page: Page, email: string): Promise<void> {
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await page.locator('.list').waitFor({ state: 'attached' })
}

export async function write(page: Page, text: string): Promise<void> {
  await page.locator('#content').fill(text)
  await page.locator('#content').press('Enter')
}

/** Serves a server below `/below`, as proxies do. Returns the URL, without a slash at the end. */
export async function servedBelow(t: Finishing, target: string): Promise<string> {
  const path = '/below'
  const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url = '' } = incoming
    if (!url.startsWith(`${path}/`)) return outgoing.writeHead(404).end()
    const onward = send(target + url.slice(path.length), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    return incoming.pipe(onward)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(async () => {
    proxy.close()
    proxy.closeAllConnections()
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${path}`
}
