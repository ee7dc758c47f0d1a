// The examples of deploy/nginx and deploy/caddy, each before two servers: the chat in a real browser over HTTP/2, live
// updates at once, the session cookie, the addresses that rate limits count, and the admin port. The tests of a
// proxy are skipped where Debian's package is not installed, as are those in a browser without Chromium.
import t, { type Test } from 'tap'
import { go } from '../support/browser-page.ts'
import { logIn, openChat, write } from '../support/chat-windows.ts'
import { needChromium, startChromium } from '../support/chromium.ts'
import { connectOverHttp2 } from '../support/http/second-protocol.ts'
import { password, served } from '../support/http/served.ts'
import { reverseProxies, whyWithout } from '../support/reverse-proxies.ts'
import { until } from '../support/until.ts'

needChromium(t)

const [service, browser] = await Promise.all([
  served(t, { WEB_CHAT: 'on', ADMIN_PORT: '0', TRUST_PROXY: '127.0.0.1' }),
  startChromium(t),
])
const { server, another, arrive, lines } = service
const servers = [server.url, await another()]

interface Visit {
  readonly program: string
  readonly port: number
  readonly ada: Awaited<ReturnType<typeof arrive>>
  readonly bob: Awaited<ReturnType<typeof arrive>>
}

/** What must hold behind a proxy, by title. */
const promises: Readonly<Record<string, (t: Test, visit: Visit) => Promise<void>>> = {
  'serves the chat over HTTP/2, with cookie and live updates': async (t, visit) => {
    const { program, port, ada, bob } = visit
    const url = `https://localhost:${port}`
    const open = () => openChat(t, browser, url, { ignoreHTTPSErrors: true })
    const [phone, laptop] = [await open(), await open()]
    await logIn(phone.page, ada.email)
    await logIn(laptop.page, bob.email)
    const protocol = 'performance.getEntriesByType("navigation")[0].nextHopProtocol'
    t.equal(await phone.page.evaluate(protocol), 'h2')
    const cookies = await phone.context.cookies()
    t.match(cookies, [{ name: '__Host-epistle', secure: true, httpOnly: true }])
    await go(phone.page, `#/with/${bob.user.id}`, `bob_${program}`)
    await write(phone.page, 'through the proxy')
    await laptop.page.locator('.excerpt').getByText('through the proxy').waitFor()
    t.strictSame([...phone.faults, ...laptop.faults], [])
  },
  'sends each frame of a stream at once': async (t, { port, ada, bob }) => {
    const { open } = connectOverHttp2(t, port)
    const received = open('/stream', { authorization: `Bearer ${bob.token}` })
    await until('the stream is ready', async () => received().includes('event: ready'))
    for (const content of ['first frame', 'second frame']) {
      await ada.client.POST('/messages', { body: { to: bob.user.id, content } })
      const arrived = async () => received().includes(content)
      t.ok(await until(`the frame arrives: ${content}`, arrived), content)
    }
  },
  'passes on the address of the client, and not the one it claims': async (t, visit) => {
    const { send } = connectOverHttp2(t, visit.port, '127.0.0.2')
    const path = `/problems/claimed-${visit.program}`
    await send(path, { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' })
    const logged = async () => lines.find((each) => each.includes(path))
    const line = await until('the request is logged', logged)
    t.equal(JSON.parse(line).client, '127.0.0.2')
  },
  'lets no page of another origin use the cookie': async (t, { port, ada }) => {
    const { send } = connectOverHttp2(t, port)
    const body = { email: ada.email, password, cookie: true }
    const own = await send('/sessions', { origin: `https://localhost:${port}` }, body)
    t.equal(own.status, 201)
    const foreign = { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }
    const { status, body: problem } = await send('/sessions', foreign, body)
    t.equal(status, 403)
    t.match(problem, 'cross_site_request')
  },
  'leads nowhere to the admin port': async (t, { port }) => {
    const { send } = connectOverHttp2(t, port)
    const { host } = new URL(server.adminUrl ?? '')
    for (const path of ['/metrics', '/statistics', `//${host}/metrics`]) {
      for (const claimed of [`localhost:${port}`, host]) {
        const { body } = await send(path, { ':authority': claimed })
        t.notMatch(body, 'epistle_log_position', `${path} of ${claimed}`)
      }
    }
    const { body, status } = await send('/metrics')
    t.match([status, body], [404, 'not_found'])
    t.match(await (await fetch(`${server.adminUrl}/metrics`)).text(), 'epistle_log_position')
  },
}

for (const { program, start } of reverseProxies) {
  t.test(`The example of ${program}`, { skip: whyWithout(program) }, async (t) => {
    const port = await start(t, servers)
    const [ada, bob] = [await arrive(`ada_${program}`), await arrive(`bob_${program}`)]
    for (const [title, holds] of Object.entries(promises)) {
      await t.test(title, (t) => holds(t, { program, port, ada, bob }))
    }
  })
}
