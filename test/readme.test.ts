// README.md, executed: the walk in bash with curl against a service that was started for it, and the
// SQL beside it. Ids, tokens and times differ from run to run; which of them are the same does not.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { freshDatabase } from './database.ts'
import { connect } from './installed.ts'
import { readDocument, section, steps } from './markdown.ts'
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
  const answers = await inOneShell(walk.map(({ run }) => run))
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

/** Runs pieces of bash one after the other in one shell, and answers what each wrote. */
async function inOneShell(pieces: readonly string[]): Promise<string[]> {
  const mark = '--- end of a step ---'
  const script = pieces.map((piece) => `${piece}\necho '${mark}'\n`).join('')
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], {
    env: { ...process.env, BASE: base },
    timeout: 30_000,
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
