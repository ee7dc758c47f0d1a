// A PostgreSQL with an archive of its WAL, made by the programs of a distribution, as an operator backs it up: base
// backups by pg_basebackup, and a restore to a time by recovery_target_time. The embedded PostgreSQL lacks
// pg_basebackup.
import { execFile } from 'node:child_process'
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { accountFor } from '../../../src/platform/embedded-postgres/system-user.ts'
import type { Finishing } from '../database.ts'
import { freePort } from '../free-port.ts'
import { until } from '../until.ts'

/** The folder of Debian's programs; POSTGRES_PROGRAMS in the environment names another one. */
const programs = process.env.POSTGRES_PROGRAMS ?? '/usr/lib/postgresql/15/bin'
const run = promisify(execFile)

/** Why a drill is skipped; false where the programs are there. */
export async function whyWithoutPrograms(): Promise<string | false> {
  const missing = await run(join(programs, 'pg_basebackup'), ['--version']).catch((error) => error)
  if (!(missing instanceof Error)) return false
  const reason = `no pg_basebackup in ${programs}; on Debian: apt-get install postgresql`
  process.stderr.write(`${reason}\n`)
  return reason
}

/** The folders of a cluster, and how its programs are called. */
interface Site {
  readonly folder: string
  readonly url: string
  readonly call: (program: string, ...args: string[]) => Promise<{ stdout: string }>
  /** Gives a folder to the account of PostgreSQL. */
  readonly giveAway: (folder: string) => Promise<void>
}

/** Starts a cluster with an archive; both are removed after the test. */
export async function archivedCluster(t: Finishing) {
  const site = await createSite()
  const { folder, url, call } = site
  let running = join(folder, 'data')
  const log = join(folder, 'log')
  const start = async () => {
    try {
      await call('pg_ctl', '-s', '-w', '-t', '120', '-D', running, '-l', log, 'start')
    } catch (cause) {
      throw new Error(`PostgreSQL does not start:\n${await readFile(log, 'utf8')}`, { cause })
    }
  }
  const stop = () => call('pg_ctl', '-s', '-w', '-D', running, '-m', 'immediate', 'stop')
  t.teardown(async () => {
    await stop().catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  const backup = join(folder, 'backup')
  return {
    url,
    /** Takes the base backup. */
    backUp: () => call('pg_basebackup', '-d', url, '-D', backup, '--checkpoint=fast'),
    /** Fails the cluster once its WAL is in the archive. */
    lose: async () => {
      await archiveAll(url)
      await stop()
    },
    /** Starts the backup as a new cluster at the same address, as it was at that time. */
    restoreTo: async (time: Date) => {
      running = join(folder, 'restored')
      await prepareRestore(site, backup, running, time)
      await start()
      await until('the recovery is over', () => isPrimary(url), 120)
    },
    /** Everything in the database, as a dump. */
    dump: async () => (await call('pg_dump', '-d', url)).stdout,
  }
}

async function createSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'epistle-restore-'))
  const account = await accountFor(folder)
  const env = { LC_ALL: 'C', TZ: 'UTC' }
  const giveAway = async (path: string) => {
    if (account.uid !== undefined) await run('chown', ['-R', `${account.uid}`, path])
  }
  const call: Site['call'] = (program, ...args) =>
    run(join(programs, program), args, { ...account, cwd: folder, env, maxBuffer: 2 ** 28 })
  const [data, archive, port] = [join(folder, 'data'), join(folder, 'archive'), await freePort()]
  await mkdir(archive, { mode: 0o700 })
  await giveAway(folder)
  await call('initdb', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-D', data)
  const settings = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = ''`,
    'archive_mode = on',
    `archive_command = 'test ! -f ${archive}/%f && cp %p ${archive}/%f'`,
  ]
  await appendFile(join(data, 'postgresql.conf'), `${settings.join('\n')}\n`)
  return { folder, call, giveAway, url: `postgres://postgres@127.0.0.1:${port}/postgres` }
}

async function prepareRestore(
  { folder, giveAway }: Site,
  backup: string,
  data: string,
  time: Date,
): Promise<void> {
  await cp(backup, data, { recursive: true })
  await chmod(data, 0o700)
  const settings = [
    `restore_command = 'cp ${join(folder, 'archive')}/%f %p'`,
    // PostgreSQL takes no Z here.
    `recovery_target_time = '${time.toISOString().replace('Z', '+00')}'`,
    `recovery_target_action = 'promote'`,
  ]
  await appendFile(join(data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`)
  await writeFile(join(data, 'recovery.signal'), '')
  await giveAway(data)
}

async function withAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function archiveAll(url: string): Promise<void> {
  await withAdmin(url, async (client) => {
    const { rows } = await client.query('select pg_walfile_name(pg_switch_wal()) as file')
    await until(
      'the WAL is in the archive',
      async () => {
        const last = await client.query('select last_archived_wal from pg_stat_archiver')
        return last.rows[0].last_archived_wal >= rows[0].file
      },
      60,
    )
  })
}

async function isPrimary(url: string): Promise<boolean> {
  return withAdmin(url, async (client) => {
    const { rows } = await client.query('select not pg_is_in_recovery() as done')
    return rows[0].done
  }).catch(() => false)
}
