// Chromium for tests in a real browser. Where it is not installed, a file of such tests is skipped, and reports it.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import type { TAP } from 'tap'
import type { Finishing } from './database.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = places.find((path) => existsSync(path))

/** Ends a test file whose tests need Chromium, unless it is installed. Call it before the file starts anything. */
export function needChromium(t: Pick<TAP, 'pass'>): void {
  if (executablePath) return
  const skip = `install Chromium to run these tests: not in ${places.join(', ')}`
  t.pass('no Chromium', { skip })
  process.exit()
}

/** Starts Chromium; it is closed when the test ends. */
export async function startChromium(t: Finishing): Promise<Browser> {
  // The sandbox of Chromium refuses root, which runs tests in containers.
  const args = ['--no-sandbox']
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args })
  t.teardown(() => browser.close())
  return browser
}
