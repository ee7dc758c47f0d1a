// README.md, executed: the walk in bash with curl against a service that was started for it, the SQL
// beside it, and the upgrade on a database of release 1. Ids, tokens and times differ from run to run; which of them are the same does not.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { freshDatabase } from './database.ts'
import { connect, installInto } from './installed.ts'
import { checkout, readDocument, section, steps } from './markdown.ts'
import { epistle } from './service.ts'

const readme = await readDocument('README.md')
const env = { DATABASE_URL: await freshDatabase(t), PORT: '0' }
const service = epistle(t, ['start'], { env })
const [, base = ''] = await service.said(/Base URL +(\S+)/)

t.test('each step of the walk with curl answers what README shows', async (t) => {
  const walk = steps(section(readme, 'A walk with curl'), 'bash')
  t.ok(walk.length > 12, 'the walk is found')
  const shown = normaliser()
  const seen = normaliser()
  const answers = await inOneShell(
    walk.map(({ run }) => run),
    { BASE: base },
  )
  for (const [index, { run, shows }] of walk.entries()) {
    t.equal(seen(answers[index] ?? ''), shown(shows), run.trim())
  }
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
