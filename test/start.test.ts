// Starting from nothing as README says, and every way of stopping: Ctrl-C, SIGTERM, kill -9. In a
// copy of the checkout, on its own embedded PostgreSQL, by real processes and real signals.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { freshDatabase } from './support/database.ts'
import { freshCheckout } from './support/fresh-checkout.ts'
import { epistle, finished, start } from './support/service.ts'

const fresh = await freshCheckout(t)
const options = { cwd: fresh.path, env: { PORT: '0' } }
const ada = { email: 'ada@example.com', password: 'a few unrelated words' }

t.test('npm start needs nothing, and says where it is and what to try', async (t) => {
  const service = start(t, ['npm', 'start'], options)
  const [, base = ''] = await service.said(/Base URL +(\S+)/)
  const [, docs = ''] = await service.said(/Docs +(\S+)/)
  const [, curl = ''] = await service.said(/Try +(curl .*\\\n.*)\n/)

  const page = await fetch(docs)
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /^text\/html/, 'the docs are a page')
  const tried = await promisify(execFile)('bash', ['-c', curl])
  t.match(tried.stdout, /^HTTP\/1\.1 201 Created/, 'the line to try works as it stands')
  t.match(tried.stdout, base.replace(/.*:/, '') && /"username":"ada"/)

  const request = await half(base)
  process.kill(-service.pid, 'SIGINT') // Ctrl-C: npm and the service both get it, and npm hands it on
  await pause(300)
  t.not(await fresh.postmaster(), undefined, 'the database outlives the signal')
  t.match(await request.finish(), /^HTTP\/1\.1 201 /, 'a request on its way is finished')
  t.equal(await service.ended, 0, 'and then the service ends well')
  t.equal(await fresh.postmaster(), undefined, 'and the database with it')
})

t.test('after kill -9 the next start takes over the database, and nobody is lost', async (t) => {
  const killed = epistle(t, ['start'], options)
  await killed.said(/Base URL/)
  await t.test('while it runs, a second start says who is there, and ends with 1', async (t) => {
    const { code, stderr } = await finished(epistle(t, ['start'], options))
    t.equal(code, 1)
    t.match(stderr, `another Epistle service (process ${killed.pid}) uses`)
  })
  killed.child.kill('SIGKILL')
  await killed.ended
  const orphan = await fresh.postmaster()
  t.not(orphan, undefined, 'the database goes on without the service')

  const service = epistle(t, ['start'], options)
  const [, base = ''] = await service.said(/Base URL +(\S+)/)
  t.match(service.stderr(), `adopted the PostgreSQL (process ${orphan})`)
  t.equal((await post(base, '/sessions', ada)).status, 201, 'who registered before logs in')
  service.child.kill('SIGTERM')
  t.equal(await service.ended, 0)
  t.equal(await fresh.postmaster(), undefined, 'what it took over it also stops')
})

t.test('SIGTERM lets a request in flight finish, takes no new one, and ends with 0', async (t) => {
  const env = { ...options.env, DATABASE_URL: await freshDatabase(t) }
  const service = epistle(t, ['start'], { env })
  const [, base = ''] = await service.said(/Base URL +(\S+)/)
  const request = await half(base)
  service.child.kill('SIGTERM')
  await pause(200)
  await t.rejects(fetch(`${base}/livez`), 'nothing new is taken')
  t.match(await request.finish(), /^HTTP\/1\.1 201 /)
  t.equal(await service.ended, 0)
})

/** A registration whose body has arrived in part; `finish` sends the rest and answers the answer. */
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
  socket.on('error', () => undefined) // told by an answer that is empty
  socket.write(rest)
  await Promise.race([once(socket, 'close'), waitForEnd(() => answer)])
  socket.destroy()
  return answer
}

/** Answers are short: what has come 5 s later at most is all. */
async function waitForEnd(answer: () => string): Promise<void> {
  for (let left = 250; left > 0 && !answer().endsWith('}'); left -= 1) await pause(20)
}

function post(base: string, path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })
}
