// After an erasure the database contains no byte of the erased data: not in any row, copy or statistics, and not in its
// files once they were rewritten. It runs on a server of its own, whose files it reads.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { forget } from '../../src/platform/read-models/forget/forget.ts'
import { verify } from '../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { append, messageSent, userRegistered } from '../support/append-requests.ts'
import { freshDirectory, start } from '../support/embedded-postgres/embedding.ts'
import { idOf } from '../support/ids.ts'
import { connect, installInto } from '../support/installed.ts'

const directory = await freshDirectory(t)
const server = await start(t, directory)
await installInto(server.url)
const db = await connect(t, server.url)
const say = () => undefined

const [ada, bob] = [idOf(1), idOf(2)]
const secrets = ['ada-private', 'AdaHash', 'ada_name', 'Ada wrote this', 'ada-request']
const user = { email: 'ada-private@x.org', password_hash: 'AdaHash', username: 'ada_name' }
for (const request of [
  userRegistered(ada, user),
  userRegistered(bob),
  ...Array.from({ length: 100 }, (_, n) => messageSent(idOf(10 + n), ada, bob)),
]) {
  const events = request.events.map((event) => ({
    ...event,
    ...(request.events[0]?.stream_id !== bob && { metadata: { requestId: 'ada-request' } }),
    data: 'content' in event.data ? { ...event.data, content: 'Ada wrote this' } : event.data,
  }))
  await append(db, [{ events }])
}
// Statistics, with values of columns, and a kept copy.
await db.query('analyze')
await verify(db, dbDirectory, [], say, { keep: true })

/** The secrets that any table of the database contains, as a dump would. */
async function foundInRows(): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c where c.relkind = 'r'
       and (c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
         or c.relname = 'pg_statistic')`,
  )
  const found = new Set<string>()
  for (const { name } of rows) {
    const { rows: texts } = await db.query<{ text: string }>(
      `select r::text as text from ${name} r`,
    )
    for (const secret of secrets)
      if (texts.some(({ text }) => text.includes(secret))) found.add(secret)
  }
  return [...found]
}

/** The secrets that any file of the tables contains. */
async function foundInFiles(): Promise<string[]> {
  const base = join(directory, 'data', 'base')
  const found = new Set<string>()
  for (const name of await readdir(base, { recursive: true })) {
    const file = join(base, name)
    if (!(await stat(file)).isFile()) continue
    const bytes = await readFile(file)
    for (const secret of secrets) if (bytes.includes(secret)) found.add(secret)
  }
  return [...found]
}

t.test('Before an erasure the data are in rows and files', async (t) => {
  await db.query('checkpoint')
  t.strictSame((await foundInRows()).sort(), [...secrets].sort())
  t.strictSame((await foundInFiles()).sort(), [...secrets].sort())
})

t.test('After an erasure no row of the database contains the data', async (t) => {
  await forget(db, [{ userId: ada, actor: 'a test', reason: 'a test', kept: [] }], undefined, say)
  t.strictSame(await foundInRows(), [])
})

t.test('After vacuum full and a checkpoint no file of the tables contains the data', async (t) => {
  await db.query('vacuum full')
  await db.query('checkpoint')
  t.strictSame(await foundInFiles(), [])
})

t.test('A copy from before an erasure is not used, even if it is restored', async (t) => {
  await verify(db, dbDirectory, [], say, { keep: true })
  await db.query('alter schema epistle_verified rename to aside')
  await forget(db, [{ userId: bob, actor: 'a test', reason: 'a test', kept: [] }], undefined, say)
  await db.query('alter schema aside rename to epistle_verified')
  const said: string[] = []
  await verify(db, dbDirectory, [], (line) => said.push(line), { sinceLast: true })
  t.match(
    said.join('\n'),
    /erased events have changed since the copy was kept, so the whole log is replayed/,
  )
})
