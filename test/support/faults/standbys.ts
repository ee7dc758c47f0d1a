// Standbys of a PostgreSQL that is ours, by streaming replication: copies of its data directory, made while it runs between
// pg_backup_start and pg_backup_stop, with PostgreSQL's own binaries.
import { execFile } from 'node:child_process'
import { appendFile, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import {
  findBinaries,
  serverEnvironment,
} from '../../../src/platform/embedded-postgres/binaries.ts'
import { accountFor } from '../../../src/platform/embedded-postgres/system-user.ts'
import type { Finishing } from '../database.ts'
import { killAndWait, query } from '../embedded-postgres/embedding.ts'
import { freePort } from '../free-port.ts'
import { until } from '../until.ts'

export interface StandbyServer {
  readonly url: string
  /** Its host and port, by which the log and the metrics name it. */
  readonly host: string
  /** Runs a statement there. */
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>
  /** Stops the replay of what the primary server writes; it is still received and acknowledged. */
  readonly pause: () => Promise<void>
  readonly resume: () => Promise<void>
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
}

/** Adds a standby under this application_name to the server of a URL. `settings` are lines of its configuration. */
export async function addStandby(
  t: Finishing,
  primaryUrl: string,
  name: string,
  settings: readonly string[] = [],
): Promise<StandbyServer> {
  const [{ data_directory: primaryData } = {}] = await query(primaryUrl, 'show data_directory')
  const account = await accountFor(String(primaryData))
  const data = await mkdtemp(join(tmpdir(), 'epistle-standby-'))
  if (account.uid !== undefined) await chown(data, account.uid, account.gid ?? account.uid)
  const { pgCtl } = await findBinaries(account, () => undefined)
  const where = { ...account, cwd: data, env: serverEnvironment }
  const run = promisify(execFile)
  const pid = async () =>
    Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => ''), 10)
  const kill = async () => {
    const running = await pid()
    if (!running) return
    await killAndWait(running)
    // The dead process may keep its number for a while, and PostgreSQL would take it for a running server.
    await rm(join(data, 'postmaster.pid'), { force: true })
  }
  t.teardown(async () => {
    await kill()
    await rm(data, { recursive: true, force: true, maxRetries: 5 })
  })
  await copyInto(data, primaryUrl, () => run('cp', ['-a', `${primaryData}/.`, data], where))
  const port = await freePort()
  await configure(data, primaryUrl, { name, port, settings })
  const url = withPort(primaryUrl, port)
  const start = async () => {
    const log = join(data, 'standby.log')
    await run(pgCtl, ['start', '-s', '-w', '-D', data, '-l', log], where).catch(async () => {
      throw new Error(`the standby does not start:\n${await readFile(log, 'utf8')}`)
    })
  }
  await start()
  return {
    url,
    host: `127.0.0.1:${port}`,
    query: (sql) => query(url, sql),
    pause: async () => {
      await query(url, 'select pg_wal_replay_pause()')
      const state = 'select pg_get_wal_replay_pause_state() as state'
      const isPaused = async () => (await query(url, state))[0]?.state === 'paused'
      await until('the replay is paused', isPaused)
    },
    resume: async () => void (await query(url, 'select pg_wal_replay_resume()')),
    kill,
    start,
  }
}

/** Makes these standbys synchronous, and waits until they are; none makes all of them asynchronous. */
export async function makeSynchronous(primaryUrl: string, ...names: readonly string[]) {
  const value = names.length > 0 ? `FIRST ${names.length} (${names.join()})` : ''
  await query(primaryUrl, `alter system set synchronous_standby_names = '${value}'`)
  await query(primaryUrl, 'select pg_reload_conf()')
  const state = `select from pg_stat_replication where sync_state = 'sync'`
  const areReady = async () => (await query(primaryUrl, state)).length === names.length
  await until('the standbys are synchronous', areReady)
}

/** A READ_DATABASE_URL of several standbys. */
export function addressOf(standbys: readonly StandbyServer[]): string {
  const hosts = standbys.map(({ host }) => host).join()
  return (standbys[0]?.url ?? '').replace(/@[^/]*/, `@${hosts}`)
}

async function copyInto(
  data: string,
  primaryUrl: string,
  copy: () => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: primaryUrl })
  await client.connect()
  try {
    await client.query(`select pg_backup_start('standby', true)`)
    await copy()
    const { rows } = await client.query('select labelfile from pg_backup_stop(false)')
    await give(data, 'backup_label', rows[0].labelfile)
  } finally {
    await client.end()
  }
  for (const file of ['postmaster.pid', 'postmaster.opts']) {
    await rm(join(data, file), { force: true })
  }
}

interface Configuration {
  readonly name: string
  readonly port: number
  readonly settings: readonly string[]
}

async function configure(
  data: string,
  primaryUrl: string,
  { name, port, settings }: Configuration,
): Promise<void> {
  const { hostname, port: primaryPort, username, password } = new URL(primaryUrl)
  const primary = `host=${hostname} port=${primaryPort} user=${username} password=${password} application_name=${name}`
  const lines = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = ''`,
    'fsync = off',
    `synchronous_standby_names = ''`,
    `primary_conninfo = '${primary}'`,
    ...settings,
  ]
  await appendFile(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
  await give(data, 'standby.signal', '')
}

/** Writes a file of the account that owns the directory. */
async function give(data: string, name: string, text: string): Promise<void> {
  const file = join(data, name)
  await writeFile(file, text)
  const { uid, gid } = await stat(data)
  await chown(file, uid, gid)
}

function withPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href
}
