// Windows of a browser in which operators use the console, with what they report.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Finishing } from './database.ts'

/** Opens the console at a path below `/console`. `faults` collects refused content, errors and foreign requests. */
export async function openConsole(
  t: Finishing,
  browser: Browser,
  url: string,
  { path = '', ...options }: BrowserContextOptions & { path?: string } = {},
) {
  const context = await browser.newContext(options)
  t.teardown(() => context.close())
  const faults: string[] = []
  context.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) faults.push(message.text())
  })
  context.on('weberror', (error) => faults.push(String(error.error())))
  context.on('request', (request) => {
    const isOwn = request.url().startsWith(`${url}/`) || request.url().startsWith('data:')
    if (!isOwn) faults.push(request.url())
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`${url}/console${path}`)
  return { context, page, faults }
}

/** Waits until the view with this title is shown. */
export async function heading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

/** Whether the page is wider than the window, so that the whole page would scroll sideways. */
export function overflows(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > innerWidth')
}
