// A PostgreSQL that the operator of the bench chooses instead of the embedded one: other binaries
// (`--postgres <bin directory>`), or a server that runs already (DATABASE_URL). So ratios can be compared
// across versions of PostgreSQL.
import { execFile } from 'node:child_process'
import { chown, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Site } from '../../src/platform/embedded-postgres/cluster.ts'
import { settle } from '../../src/platform/embedded-postgres/data-directory.ts'
import {
  launchPostmaster,
  stopPostmaster,
} from '../../src/platform/embedded-postgres/postmaster.ts'
import { findPostmaster } from '../../src/platform/embedded-postgres/postmaster-pid.ts'
import { accountFor } from '../../src/platform/embedded-postgres/system-user.ts'

export interface GivenServer {
  /** A directory with `postgres`, `initdb` and `pg_ctl`. */
  readonly binaries?: string | undefined
  readonly databaseUrl?: string | undefined
}

let given: GivenServer = {}
let major: string | undefined

/** Chooses the server of all benches of this process; without a choice they use the embedded one. */
export async function chooseServer(choice: GivenServer): Promise<void> {
  given = choice
  const { binaries, databaseUrl } = choice
  if (binaries) major = await readMajor(binaries)
  else if (databaseUrl) major = await askMajor(databaseUrl)
}

export function givenServer(): GivenServer {
  return given
}

/** The major version of a chosen server; undefined for the embedded one. */
export function givenMajor(): string | undefined {
  return major
}

async function readMajor(binaries: string): Promise<string> {
  const run = promisify(execFile)(join(binaries, 'postgres'), ['--version'])
  const { stdout } = await run.catch((error: Error) => {
    throw new Error(`--postgres needs a directory with the program postgres: ${error.message}`)
  })
  return /(\d+)[.\d]*/.exec(stdout)?.[1] ?? ''
}

async function askMajor(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query('show server_version_num')
  await client.end()
  return String(Math.floor(rows[0].server_version_num / 10_000))
}

/** Starts a server from other binaries, with the settings of the embedded one and these. */
export async function startBinaries(
  binaries: string,
  scratch: string,
  settings: Record<string, string>,
) {
  const account = await accountFor(join(scratch, 'data'))
  const directory = await settle(join(scratch, 'postgres'), account, () => undefined)
  const program = (name: string) => resolve(binaries, name)
  const site: Site = {
    directory,
    data: join(directory, 'data'),
    account,
    binaries: {
      postgres: program('postgres'),
      initdb: program('initdb'),
      pgCtl: program('pg_ctl'),
    },
    settings,
  }
  await mkdir(site.data, { mode: 0o700 })
  if (account.uid !== undefined) await chown(site.data, account.uid, account.gid ?? account.uid)
  // The embedded server's locale provider is not in every version; `C` of libc sorts in the same way.
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-D', site.data]
  await promisify(execFile)(site.binaries.initdb, options, { ...account, cwd: directory })
  const launch = await launchPostmaster(site)
  const port = await readyPort(site, () => launch.exitCode() !== undefined)
  if (port === undefined) throw new Error(`PostgreSQL does not start:\n${await launch.log()}`)
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  return { url, close: () => stopPostmaster(site), directory }
}

async function readyPort(site: Site, hasExited: () => boolean): Promise<number | undefined> {
  while (!hasExited()) {
    const found = await findPostmaster(site.data)
    if (found?.isReady) return found.port
    await pause(25)
  }
  return undefined
}
