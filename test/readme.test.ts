// README.md, executed: the walk in bash with curl against a service that was started for it, the SQL
// beside it, the reader of the live stream over a line that is cut, and the upgrade on a database of
// release 1. Ids, tokens and times differ from run to run; which of them are the same does not.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { type Finishing, freshDatabase } from './support/database.ts'
import { connect, installInto } from './support/installed.ts'
import { blocks, checkout, readDocument, section, steps } from './support/markdown.ts'
import { untilNoTasksLeft } from './support/no-jobs-left.ts'
import { epistle } from './support/service.ts'
import { until } from './support/until.ts'

const readme = await readDocument('README.md')
const env = {
  DATABASE_URL: await freshDatabase(t),
  PORT: '0',
  MAIL_OUTBOX: join(tmpdir(), `epistle-outbox-${process.pid}`),
}
t.teardown(() => rm(env.MAIL_OUTBOX, { recursive: true, force: true }))
const service = epistle(t, ['start'], { env })
const [, base = ''] = await service.said(/Base URL +(\S+)/)

t.test('each step of the walk with curl answers what README shows', async (t) => {
  const walk = steps(section(readme, 'A walk with curl'), 'bash')
  t.ok(walk.length > 12, 'the walk is found')
  const shown = normaliser()
  const seen = normaliser()
  // A person is slower than what follows from a registration; this test is not.
  const settle = `DATABASE_URL='${env.DATABASE_URL}' ${process.execPath} test/support/no-jobs-left.ts`
  const answers = await inOneShell(
    walk.map(({ run }) => (run.includes('/users -d') ? `${run}\n${settle}` : run)),
    { BASE: base },
  )
  for (const [index, { run, shows }] of walk.entries()) {
    t.equal(seen(answers[index] ?? ''), shown(shows), run.trim())
  }
})

t.test('the reader of the live stream misses nothing, also when it is interrupted', async (t) => {
  const [script] = blocks(section(readme, 'A live stream')).filter(
    ({ language }) => language === 'js',
  )
  const follow = new Function(`${script?.text}; return follow`)()
  const post = async (path: string, body: object, token = '') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()) as Record<string, string>
  }
  const ada = { email: 'ada@example.org', username: 'ada', password: 'a few unrelated words' }
  const { id = '' } = await post('/users', ada)
  const { token = '' } = await post('/sessions', { email: ada.email, password: ada.password })
  await untilNoTasksLeft(env.DATABASE_URL)
  const cable = await openCable(t, base)
  const told: unknown[] = []
  const tell = (event: string, { content }: { content: string }) => told.push([event, content])
  const over = follow(cable.url, token, tell)
  await until('it listens', async () => cable.isAnswering())
  const expected: unknown[] = []
  for (const content of ['one', 'two', 'three']) {
    await post('/messages', { to: id, content }, token)
    await until(`${content} is told`, async () => told.length > expected.length)
    cable.cut()
    const missed = `missed after ${content}`
    await post('/messages', { to: id, content: missed }, token)
    expected.push(['message_sent', content], ['message_sent', missed])
    await until(`what was ${missed} is told`, async () => told.length >= expected.length)
    t.strictSame(told, expected)
  }
  const headers = { authorization: `Bearer ${token}` }
  await fetch(`${base}/sessions/current`, { method: 'DELETE', headers })
  t.equal(await over, 401, 'it gives up when its session is over')
})

t.test('each statement in SQL answers what README shows', async (t) => {
  const client = await connect(t, env.DATABASE_URL)
  const count = 'select count(*) from log.password_changed_2'
  const before = await client.query(count)
  for (const { run, shows } of steps(section(readme, 'The same in SQL'), 'sql')) {
    t.equal(await answerOf(client, run), shows.trim(), run.trim())
  }
  t.same((await client.query(count)).rows, before.rows, 'what was refused left no row')
})

t.test('each step of the upgrade says what README shows', async (t) => {
  const DATABASE_URL = await freshDatabase(t)
  await installInto(DATABASE_URL, { to: 1 })
  const client = await connect(t, DATABASE_URL)
  const register = 'insert into log.user_registered_1 values (gen_random_uuid(), $1, $2, $3)'
  await client.query(register, ['grace@example.com', '-', 'grace'])
  await client.query(register, ['alan@example.com', '-', 'alan'])
  const upgrade = steps(section(readme, 'An upgrade'), 'bash')
  t.ok(upgrade.length > 4, 'the upgrade is found')
  const answers = await inOneShell(
    upgrade.map(({ run }) => run),
    { DATABASE_URL },
  )
  for (const [index, { run, shows }] of upgrade.entries()) {
    t.equal(answers[index], shows, run.trim())
  }
})

/** Runs pieces of bash one after the other in one shell, and answers what each wrote. */
async function inOneShell(
  pieces: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<string[]> {
  const mark = '--- end of a step ---'
  const script = pieces.map((piece) => `${piece}\necho '${mark}'\n`).join('')
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: checkout,
    // What npm warns of (an engine, a setting of this machine) is not Epistle's to say.
    env: { ...process.env, npm_config_loglevel: 'error', ...variables },
    timeout: 60_000,
  })
  return stdout.split(`${mark}\n`)
}

/** Names ids and tokens by the order in which they first appear; one moment is like another. */
function normaliser(): (text: string) => string {
  const names = new Map<string, string>()
  const name = (kind: string) => (value: string) => {
    if (!names.has(value)) names.set(value, `<${kind} ${names.size + 1}>`)
    return names.get(value) ?? ''
  }
  return (text) =>
    text
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, name('id'))
      .replace(/(?<="token":")[\w-]{43}(?=")/g, name('token'))
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
}

/** A connection to the service that can be cut. */
async function openCable(t: Finishing, to: string) {
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(to)
  const server = createServer((near) => {
    const far = connectSocket(Number(port), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.pipe(other)
      one.on('error', () => undefined).on('close', () => other.destroy())
    }
    sockets.add(far.on('close', () => sockets.delete(far)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => void server.close())
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    isAnswering: () => [...sockets].some(({ bytesRead }) => bytesRead > 0),
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** As psql would write it, unaligned and with nulls; of several statements, the last. */
async function answerOf(client: pg.Client, sql: string): Promise<string> {
  try {
    const result = [await client.query({ text: sql, rowMode: 'array' })].flat().at(-1)
    return (result?.rows ?? []).map((row) => (row as unknown[]).map(String).join(' | ')).join('\n')
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    return `ERROR:  ${error.message}`
  }
}
