// Tabs of one Chromium whose pages follow a user's events with `epistle-client`, from an origin of their own.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import type { EpistleClientOptions } from '../../openapi/client.ts'
import type { Finishing } from './database.ts'
import { checkout } from './markdown.ts'

export interface TabEvent {
  readonly id: string
  readonly event: string
  readonly data: { readonly content?: string }
}

const script = `
import { createEpistleClient } from './client.ts'
window.events = []
window.states = []
window.connect = (options) => {
  window.epistle = createEpistleClient(options)
}
window.follow = async (options) => {
  const onState = (state) => window.states.push(state)
  window.stop = new AbortController()
  try {
    for await (const event of epistle.follow({ ...options, onState, signal: stop.signal })) events.push(event)
    window.ended = 'aborted'
  } catch (error) {
    window.ended = error.code ?? String(error)
  }
}`

/** Serves a page with the client, bundled from the sources. Returns its origin. */
export async function pageWithClient(t: Finishing): Promise<string> {
  const stdin = { contents: script, resolveDir: join(checkout, 'openapi') }
  const bundled = await build({ stdin, bundle: true, format: 'esm', write: false })
  const [file] = bundled.outputFiles
  const server = createServer((request, response) => {
    const isScript = request.url === '/client.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? file?.text : '<script type="module" src="/client.js"></script>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.close()
    server.closeAllConnections()
  })
  // A browser keeps the session's cookie without TLS only for this name.
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

export class Tab {
  readonly page: Page
  /** How many streams this tab has requested. */
  streams = 0
  #debugger: CDPSession | undefined

  private constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(20_000)
    page.on('request', (request) => {
      if (request.method() === 'GET' && request.url().endsWith('/stream')) this.streams += 1
    })
  }

  static async open(context: BrowserContext, origin: string): Promise<Tab> {
    const tab = new Tab(await context.newPage())
    await tab.page.goto(origin)
    await tab.page.waitForFunction('window.follow')
    return tab
  }

  /** Creates the client of this tab. */
  connect(options: EpistleClientOptions): Promise<void> {
    return this.page.evaluate(`connect(${JSON.stringify(options)})`)
  }

  /** Follows the events of the user. */
  follow(options: object = {}): Promise<void> {
    return this.page.evaluate(`void follow(${JSON.stringify(options)})`)
  }

  events(): Promise<TabEvent[]> {
    return this.page.evaluate('events')
  }

  async contents(): Promise<(string | undefined)[]> {
    const events = await this.events()
    return events.filter(({ event }) => event === 'message_sent').map(({ data }) => data.content)
  }

  /** Waits until the tab has an event. */
  async sees(event: string, content?: string): Promise<void> {
    const wanted = JSON.stringify([event, content])
    await this.page
      .waitForFunction(
        `events.some((each) => JSON.stringify([each.event, each.data.content]) === '${wanted}')`,
      )
      .catch((cause) => {
        throw new Error(`the tab does not see ${wanted}`, { cause })
      })
  }

  /** Lets no script of the page run until it is called with false. The page is not asked before. */
  async hang(isHanging: boolean): Promise<void> {
    this.#debugger ??= await this.page.context().newCDPSession(this.page)
    await this.#debugger.send('Debugger.enable')
    await this.#debugger.send(isHanging ? 'Debugger.pause' : 'Debugger.resume')
    if (!isHanging) await this.#debugger.send('Debugger.disable')
  }

  /** Freezes the page as a browser does with one in the background, which Chromium refuses without a screen. */
  async freeze(): Promise<void> {
    await this.page.evaluate(`void document.dispatchEvent(new Event('freeze'))`)
    await this.hang(true)
  }

  async resume(): Promise<void> {
    await this.hang(false)
    await this.page.evaluate(`void document.dispatchEvent(new Event('resume'))`)
  }
}
