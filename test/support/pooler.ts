// PgBouncer in front of a database of a test, if it is installed: a name for each pool mode.
import { spawn, spawnSync } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDatabaseUrl } from '../../src/platform/postgres/database-url.ts'
import type { Finishing } from './database.ts'
import { freePort } from './free-port.ts'

const modes = ['session', 'transaction', 'statement'] as const

/** Whether PgBouncer is installed. */
export const hasPooler = spawnSync('pgbouncer', ['--version']).status === 0

/** Starts PgBouncer before the database, and returns a URL for each pool mode. */
export async function startPooler(t: Finishing, databaseUrl: string) {
  const folder = await mkdtemp(join(tmpdir(), 'epistle-pooler-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { host, port = 5432, user, password, database } = parseDatabaseUrl(databaseUrl)
  const target = `host=${host} port=${port} user=${user} password=${password} dbname=${database}`
  const listenPort = await freePort()
  const lines = [
    '[databases]',
    ...modes.map((mode) => `${mode} = ${target} pool_mode=${mode}`),
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'auth_type = any',
    // More than a server, a worker and a command open.
    'default_pool_size = 60',
    // PgBouncer does not run as root.
    ...(process.getuid?.() === 0 ? ['user = daemon'] : []),
  ]
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(file, lines.join('\n'))
  const child = spawn('pgbouncer', [file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })
  let said = ''
  for await (const [text] of on(child.stderr, 'data')) {
    said += text
    if (/process up/.test(said)) break
  }
  child.stderr.resume()
  const url = (mode: string) => `postgres://${user}@127.0.0.1:${listenPort}/${mode}`
  return { session: url('session'), transaction: url('transaction'), statement: url('statement') }
}
