// Runs what README.md, openapi/README.md and db/OPERATIONS.md show: the walk with curl and the reader of live
// updates against a service started for them, the SQL, and the upgrade on a database of release 1. Ids, tokens
// and times differ between runs; the test checks which of them are equal.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { openCable } from './support/cable.ts'
import { type Finishing, freshDatabase } from './support/database.ts'
import { connect, installInto } from './support/installed.ts'
import { blocks, checkout, readDocument, section, steps, tableRows } from './support/markdown.ts'
import { untilNoTasksLeft } from './support/no-tasks-left.ts'
import { epistle } from './support/service.ts'
import { until } from './support/until.ts'

const readme = await readDocument('README.md')
const interfaceGuide = await readDocument('openapi/README.md')
const operations = await readDocument('db/OPERATIONS.md')
const env = {
  DATABASE_URL: await freshDatabase(t),
  PORT: '0',
  MAIL_OUTBOX: join(tmpdir(), `epistle-outbox-${process.pid}`),
}
t.teardown(() => rm(env.MAIL_OUTBOX, { recursive: true, force: true }))
const service = epistle(t, ['start'], { env })
const [, base = ''] = await service.said(/Base URL +(\S+)/)
const [, links = ''] = await service.said(/"links":"([^"]+)"/)
t.equal(links, base, 'links in e-mails have the port that was free')

t.test('Each step of the walk in openapi/README.md gets the response it shows', async (t) => {
  const walk = steps(interfaceGuide, 'bash').filter(({ run }) => /\bBASE\b/.test(run))
  t.ok(walk.length > 12, 'the walk is found')
  const shown = normaliser()
  const seen = normaliser()
  // A person types slower than the worker runs the tasks of a registration; this test does not.
  const settle = `DATABASE_URL='${env.DATABASE_URL}' ${process.execPath} test/support/no-tasks-left.ts`
  const answers = await inOneShell(
    walk.map(({ run }) => (run.includes('/users -d') ? `${run}\n${settle}` : run)),
    { BASE: base },
  )
  for (const [index, { run, shows }] of walk.entries()) {
    t.equal(seen(answers[index] ?? ''), shown(shows), run.trim())
  }
})

t.test('The reader in openapi/README.md misses no live update when it is cut off', async (t) => {
  const scripts = blocks(interfaceGuide).filter(({ language }) => language === 'js')
  t.equal(scripts.length, 1, 'the reader is found')
  const [script = ''] = scripts.map(({ text }) => text)
  const [, name] = /^async function (\w+)\(/m.exec(script) ?? []
  const follow = new Function(`${script}; return ${name}`)()
  const post = async (path: string, body: object, token = '') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(base + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return (await answer.json()) as Record<string, string>
  }
  const ada = { email: 'ada@example.org', username: 'ada', password: 'a few unrelated words' }
  const { id = '' } = await post('/users', ada)
  const { token = '' } = await post('/sessions', { email: ada.email, password: ada.password })
  await untilNoTasksLeft(env.DATABASE_URL)
  const cable = await openCable(t, base)
  const received: unknown[] = []
  const onEvent = (event: string, { content }: { content: string }) =>
    received.push([event, content])
  const over = follow(cable.url, token, onEvent)
  await until('the reader is connected', async () => cable.isAnswering())
  const expected: unknown[] = []
  for (const content of ['one', 'two', 'three']) {
    await post('/messages', { to: id, content }, token)
    await until(`${content} is received`, async () => received.length > expected.length)
    cable.cut()
    const missed = `missed after ${content}`
    await post('/messages', { to: id, content: missed }, token)
    expected.push(['message_sent', content], ['message_sent', missed])
    await until(`what was ${missed} is received`, async () => received.length >= expected.length)
    t.strictSame(received, expected)
  }
  const headers = { authorization: `Bearer ${token}` }
  await fetch(`${base}/sessions/current`, { method: 'DELETE', headers })
  t.equal(await over, 401, 'the reader gives up when its session is over')
})

t.test('Each SQL statement in README.md gets the result it shows', async (t) => {
  const client = await connect(t, env.DATABASE_URL)
  const [accepted, rejected, ...others] = steps(readme, 'sql')
  t.ok(accepted && rejected && others.length === 0, 'the statements are found')
  if (!accepted || !rejected) return
  t.equal(await answerOf(client, accepted.run), accepted.shows.trim(), accepted.run.trim())
  // The worker appends events for the accepted registration: its welcome message and token.
  await untilNoTasksLeft(env.DATABASE_URL)
  const count = 'select count(*) from log.events'
  const before = await client.query(count)
  t.equal(await answerOf(client, rejected.run), rejected.shows.trim(), rejected.run.trim())
  t.same((await client.query(count)).rows, before.rows, 'a rejected statement leaves no event')
})

t.test('Each command about tasks in db/OPERATIONS.md runs', async (t) => {
  const shown = blocks(section(operations, 'Background tasks and e-mail'))
  const commands = shown.flatMap(({ text }) => text.match(/^npx epistle tasks[^#\n]*/gm) ?? [])
  t.equal(commands.length, 3, 'the commands are found')
  // npm would take a second to start each.
  const quick = commands.map((each) =>
    each.replace('npx epistle', `${process.execPath} src/main.ts`),
  )
  const answers = await inOneShell(quick, { DATABASE_URL: env.DATABASE_URL })
  t.equal(answers.join(''), 'no task has failed\n0 tasks are due again\n0 tasks are dropped\n')
})

t.test('The upgrade in README.md runs, and prints what db/OPERATIONS.md shows', async (t) => {
  const [upgrade] = blocks(section(readme, 'An upgrade'))
  const lines = (upgrade?.text ?? '').split('\n').map((line) => line.replace(/ *#.*/, ''))
  // The output of status has times; other tests read it.
  const commands = lines.filter((line) => line !== '' && line !== 'npx epistle status')
  const shown = steps(section(operations, 'An upgrade'), 'bash')
  t.ok(shown.length > 4, 'the upgrade is found')
  t.strictSame(
    commands,
    shown.map(({ run }) => run.trim()),
  )
  const answers = await inOneShell(
    commands.map((command) => `${command}\necho "exit $?"`),
    { DATABASE_URL: await databaseOfRelease1(t) },
  )
  for (const [index, { run, shows }] of shown.entries()) {
    t.equal(answers[index], `${shows}exit 0\n`, run.trim())
  }
})

t.test('README.md lists every operation of openapi.json with its summary', async (t) => {
  const { paths } = JSON.parse(await readDocument('openapi/openapi.json'))
  const operationsOf = ([path, methods]: [string, unknown]) =>
    Object.entries(methods as Record<string, { summary: string }>).map(([method, { summary }]) => [
      method.toUpperCase(),
      `\`${path}\``,
      summary,
    ])
  const [, ...listed] = tableRows(section(readme, 'HTTP operations'))
  t.strictSame(listed, Object.entries(paths).flatMap(operationsOf))
})

/** A database of release 1 with two users, for an upgrade. */
async function databaseOfRelease1(t: Finishing): Promise<string> {
  const url = await freshDatabase(t)
  await installInto(url, { to: 1 })
  const client = await connect(t, url)
  const register = 'insert into log.user_registered_1 values (gen_random_uuid(), $1, $2, $3)'
  await client.query(register, ['grace@example.com', '-', 'grace'])
  await client.query(register, ['alan@example.com', '-', 'alan'])
  return url
}

/** Runs pieces of bash one after the other in one shell, and returns what each printed. */
async function inOneShell(
  pieces: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<string[]> {
  const mark = '--- end of a step ---'
  const script = pieces.map((piece) => `${piece}\necho '${mark}'\n`).join('')
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: checkout,
    // Warnings of npm (an engine, a setting of this machine) are no output of Epistle.
    env: { ...process.env, npm_config_loglevel: 'error', ...variables },
    timeout: 90_000, // a busy machine needs a minute to start npm five times
  })
  return stdout.split(`${mark}\n`)
}

/** Replaces ids and tokens by the order of their first appearance, and all times by one word. */
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
      .replace(/curl\/[\d.]+/g, 'curl/<version>')
      .replace(/(?<="position":")\d+/g, '<position>')
      .replace(/(?<="newestCursor":")[\w-]+/g, '<cursor>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
}

/** The last statement's result as psql prints it, unaligned and with nulls, or the error. */
async function answerOf(client: pg.Client, sql: string): Promise<string> {
  try {
    const result = [await client.query({ text: sql, rowMode: 'array' })].flat().at(-1)
    return (result?.rows ?? []).map((row) => (row as unknown[]).map(String).join(' | ')).join('\n')
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    return `ERROR:  ${error.message}`
  }
}
