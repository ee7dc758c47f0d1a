// A drill: the database fails, and a backup is restored to a time before an erasure, by the steps of "After a restore"
// in db/OPERATIONS.md. `npm run soak -- restore`, about a minute; POSTGRES_PROGRAMS in the environment names the
// folder of another PostgreSQL than Debian's 15.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import t, { type Test } from 'tap'
import { createEpistleClient } from '../../openapi/client.ts'
import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { bearer, FEED_TOKENS, openToken, readToEnd } from '../support/feed.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { password } from '../support/http/served.ts'
import { connect } from '../support/installed.ts'
import { follow } from '../support/live-updates/reader.ts'
import { blocks, readDocument, section } from '../support/markdown.ts'
import { appliedToOneUser } from '../support/restore/applied-ledger.ts'
import { archivedCluster, whyWithoutPrograms } from '../support/restore/archived-cluster.ts'
import { epistle, finished } from '../support/service.ts'
import { until } from '../support/until.ts'

const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }
const env = { ...quick, ADMIN_PORT: '0', FEED_TOKENS }

/** The statement of db/OPERATIONS.md that leaves a gap in the positions. */
async function gapStatement(): Promise<string> {
  const text = section(await readDocument('db/OPERATIONS.md'), 'Backup and restore')
  const sql = blocks(text).find(({ language, text }) => language === 'sql' && /setval/.test(text))
  if (!sql) throw new Error('db/OPERATIONS.md has no statement with setval')
  return sql.text
}

async function startServer(t: Test, databaseUrl: string) {
  const { log, lines } = readableLog('info')
  const server = await serve({ config: loadConfig(env), databaseUrl, log })
  t.teardown(() => server.close())
  const client = (token?: string) =>
    createEpistleClient({ baseUrl: server.url, retries: 0, ...(token && { token }) })
  const logIn = (name: string) =>
    client().POST('/sessions', { body: { email: `${name}@example.org`, password } })
  return {
    url: server.url,
    adminUrl: server.adminUrl ?? '',
    lines,
    client,
    logIn,
    isReady: async () => (await fetch(`${server.url}/readyz`)).status === 200,
    arrive: async (username: string) => {
      const body = { email: `${username}@example.org`, username, password }
      const { error } = await client().POST('/users', { body })
      if (error) throw new Error(`${username} could not register: ${error.code}`)
      const { data } = await logIn(username)
      if (!data?.token) throw new Error(`${username} could not log in`)
      return { ...data, token: data.token, client: client(data.token) }
    },
  }
}

const skip = await whyWithoutPrograms()
const title = 'A restore to a time brings back no erased user and uses no position twice'

t.test(title, { skip, timeout: 900_000 }, async (t) => {
  const cluster = await archivedCluster(t)
  const { url } = cluster
  const ledger = join(t.testdir(), 'erasures.jsonl')
  const command = (...args: string[]) => runCommand(t, url, args)
  const db = () => connect(t, url)
  await command('install')
  const server = await startServer(t, url)
  const [ada, bob] = [await server.arrive('ada'), await server.arrive('bob')]
  await cluster.backUp()
  await server.arrive('dan')
  await bob.client.POST('/messages', { body: { to: ada.user.id, content: 'before the time' } })
  const time = await timeOf(await db())

  // All of this is lost, except for the ledger.
  await command('forget', 'bob', '--ledger', ledger, '--messages', 'content')
  await server.arrive('eve')
  const lost = await sendMany(t, server.url, ada)
  const cursor = await readToEnd(server.adminUrl, openToken)
  t.notMatch(await cluster.dump(), 'bob@example.org', 'the erasure left nothing')

  await cluster.lose()
  await cluster.restoreTo(time)
  t.match(await cluster.dump(), 'bob@example.org', 'the backup has the erased user')
  const { rows } = await (await db()).query('select last_value from log.events_position_seq')
  t.ok(BigInt(rows[0].last_value) < lost, `the positions up to ${lost} would be used again`)

  // The steps of the document.
  await (await db()).query(await gapStatement())
  await command('install')
  t.equal(await command('forget', '--apply', ledger), appliedToOneUser)
  t.notMatch(await cluster.dump(), /bob@example\.org|before the time/, 'bob is erased again')
  await command('verify')

  await until('the server that ran through it is ready again', server.isReady, 60)
  t.match(server.lines.join(''), 'holding the leases on the read tables again')
  await checkUsers(t, server)
  await checkPositions(t, server.url, ada, lost)
  await checkConsumer(t, server.adminUrl, cursor)
  await command('verify')
})

type Server = Awaited<ReturnType<typeof startServer>>
type Person = Awaited<ReturnType<Server['arrive']>>

/** Runs a command as the owner; returns what it printed. */
async function runCommand(t: Test, databaseUrl: string, args: readonly string[]): Promise<string> {
  const env = { DATABASE_URL: databaseUrl }
  const { code, stdout, stderr } = await finished(epistle(t, args, { env }))
  if (code !== 0)
    throw new Error(`epistle ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`)
  return stdout
}

/** A time between what was done before and what comes after. */
async function timeOf(db: ClientBase): Promise<Date> {
  await pause(100)
  const { rows } = await db.query('select clock_timestamp() as time')
  await pause(100)
  return rows[0].time
}

async function send({ client, user }: Person, content: string): Promise<bigint> {
  const { response } = await client.POST('/messages', { body: { to: user.id, content } })
  return BigInt(response.headers.get('epistle-position') ?? '0')
}

/** Sends messages that a client follows; returns the last position, which that client has seen. */
async function sendMany(t: Test, url: string, person: Person): Promise<bigint> {
  const reader = await follow(t, url, person.token)
  let last = 0n
  for (let n = 0; n < 200; n += 1) last = await send(person, `lost ${n}`)
  await reader.until(({ id }) => BigInt(id) >= last)
  reader.leave()
  return last
}

/** Users of the time that was restored log in; an erased one does not, nor one who registered later. */
async function checkUsers(t: Test, { logIn }: Server): Promise<void> {
  for (const username of ['ada', 'dan']) {
    t.match((await logIn(username)).data, { user: { username } })
  }
  for (const name of ['bob', 'eve']) {
    t.match((await logIn(name)).error, { code: 'invalid_credentials' }, name)
  }
}

/** A consumer of the feed learns that its last event was lost. */
async function checkConsumer(t: Test, adminUrl: string, cursor: string): Promise<void> {
  const headers = bearer(openToken)
  const { status } = await fetch(`${adminUrl}/feed?after=${cursor}`, { headers })
  t.equal(status, 412, 'the feed does not continue after a lost event')
}

/** A client that has seen more than the backup has misses nothing that is new. */
async function checkPositions(t: Test, url: string, ada: Person, lost: bigint): Promise<void> {
  const { response } = await ada.client.GET('/messages')
  t.ok(BigInt(response.headers.get('epistle-position') ?? '0') > lost, 'responses are ahead of it')
  const resumed = await follow(t, url, ada.token, String(lost))
  const position = await send(ada, 'after the restore')
  t.ok(position > lost, `${position} was never used before`)
  const { id } = await resumed.until(({ event }) => event === 'message_sent')
  t.equal(BigInt(id), position, 'the client gets the first new event')
  const early = await follow(t, url, ada.token, String(position + 1_000_000n))
  t.equal(early.response.status, 412, 'a position beyond the log is refused')
}
