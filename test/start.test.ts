// `npm start` in a fresh copy of the checkout, as README shows it, and every way of stopping it: Ctrl-C,
// SIGTERM, kill -9. With its own embedded PostgreSQL, real processes and real signals.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { freshDatabase } from './support/database.ts'
import { freshCheckout } from './support/fresh-checkout.ts'
import { epistle, finished, start } from './support/service.ts'
import { until } from './support/until.ts'

const fresh = await freshCheckout(t)
const options = { cwd: fresh.path, env: { PORT: '0' } }
const ada = { email: 'ada@example.com', password: 'a few unrelated words' }

t.test(
  'npm start works in a fresh checkout and prints its URLs and a request to try',
  async (t) => {
    const service = start(t, ['npm', 'start'], options)
    const [, base = ''] = await service.said(/Base URL +(\S+)/)
    const [, chat = ''] = await service.said(/Chat +(\S+)/)
    await service.said(/Console +not started; set ADMIN_PORT=9100/)
    const [, docs = ''] = await service.said(/Docs +(\S+)/)
    const [, curl = ''] = await service.said(/Try +(curl (?:.*\\\n)+.*)\n/)

    const page = await fetch(docs)
    t.equal(page.status, 200)
    t.match(page.headers.get('content-type'), /^text\/html/, 'the docs are an HTML page')
    const html = { headers: { accept: 'text/html' } }
    t.match(await (await fetch(chat, html)).text(), 'chat/boot.js', 'the chat is a page')
    const tried = await promisify(execFile)('bash', ['-c', curl])
    t.match(tried.stdout, /^HTTP\/1\.1 201 Created/, 'the printed curl command works unchanged')
    t.match(tried.stdout, /"username":"ada"/)
    const about = await (await fetch(`${base}/about`)).text()
    const shown = /<pre><code>(.*?)<\/code>/s.exec(about)?.[1]?.replaceAll('&quot;', '"') ?? ''
    const spaces = (command: string) => command.replace(/\s+/g, ' ')
    t.equal(spaces(shown), spaces(curl), 'the start page shows the same command')

    const request = await half(base)
    process.kill(-service.pid, 'SIGINT') // Ctrl-C reaches npm and the service, and npm forwards it
    await pause(300)
    t.not(await fresh.postmaster(), undefined, 'the database outlives the signal')
    t.match(await request.finish(), /^HTTP\/1\.1 201 /, 'a running request finishes')
    t.equal(await service.ended, 0, 'the service exits 0')
    t.equal(await fresh.postmaster(), undefined, 'the database stops with the service')
  },
)

t.test('The start after a kill -9 adopts the running database and keeps its data', async (t) => {
  const killed = epistle(t, ['start'], options)
  await killed.said(/Base URL/)
  await t.test('A second start beside a running one names its process and exits 1', async (t) => {
    const { code, stderr } = await finished(epistle(t, ['start'], options))
    t.equal(code, 1)
    t.match(stderr, `another Epistle service (process ${killed.pid}) uses`)
  })
  killed.child.kill('SIGKILL')
  await killed.ended
  const orphan = await fresh.postmaster()
  t.not(orphan, undefined, 'the database survives the service')

  const service = epistle(t, ['start'], options)
  const [, base = ''] = await service.said(/Base URL +(\S+)/)
  t.match(service.stderr(), `adopted the PostgreSQL (process ${orphan})`)
  t.equal(
    (await post(base, '/sessions', ada)).status,
    201,
    'a user who registered earlier can log in',
  )
  service.child.kill('SIGTERM')
  t.equal(await service.ended, 0)
  t.equal(await fresh.postmaster(), undefined, 'an adopted database is stopped too')
})

t.test('SIGTERM lets a running request finish, refuses new ones, and exits 0', async (t) => {
  const env = { ...options.env, DATABASE_URL: await freshDatabase(t) }
  const service = epistle(t, ['start'], { env })
  const [, base = ''] = await service.said(/Base URL +(\S+)/)
  const request = await half(base)
  service.child.kill('SIGTERM')
  const isRefused = () =>
    fetch(`${base}/livez`).then(
      () => false,
      () => true,
    )
  await until('new connections are refused', isRefused)
  t.match(await request.finish(), /^HTTP\/1\.1 201 /)
  t.equal(await service.ended, 0)
})

/** A registration whose body has arrived in part; `finish` sends the rest and returns the response. */
async function half(base: string) {
  const body = JSON.stringify({ ...ada, email: 'late@example.com', username: 'late' })
  const { hostname, port, host } = new URL(base)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const length = Buffer.byteLength(body)
  socket.write(`POST /users HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`)
  socket.write(`Content-Length: ${length}\r\n\r\n${body.slice(0, 10)}`)
  await pause(100)
  return { finish: () => answerTo(socket, body.slice(10)) }
}

async function answerTo(socket: Socket, rest: string): Promise<string> {
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  socket.on('error', () => undefined) // an empty response shows it
  socket.write(rest)
  await Promise.race([once(socket, 'close'), waitForEnd(() => answer)])
  socket.destroy()
  return answer
}

/** Responses are short, so they are complete after 5 s at the latest. */
async function waitForEnd(answer: () => string): Promise<void> {
  for (let left = 250; left > 0 && !answer().endsWith('}'); left -= 1) await pause(20)
}

function post(base: string, path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })
}
