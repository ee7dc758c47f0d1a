// The data directory: created once by initdb, with the password of its superuser in a file beside it. It is
// created under another name and then renamed, so `data` is always complete, even after a kill -9. When two
// processes start at the same moment, one rename wins and both use that directory.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Binaries, serverEnvironment } from './binaries.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { isAlive } from './postmaster-pid.ts'
import type { Account } from './system-user.ts'

const run = promisify(execFile)

/** One embedded PostgreSQL: its folders, and the account, binaries and settings it runs with. */
export interface Site {
  directory: string // holds data, password and log
  data: string // PGDATA, in that directory
  account: Account
  binaries: Binaries
  settings: Record<string, string>
}

/** Creates the data directory unless it exists, and returns the superuser's password. */
export async function ensureCluster(site: Site): Promise<string> {
  const initialised = await stat(site.data).catch(() => null)
  const password = await readPassword(site, initialised === null)
  if (!initialised) await initialise(site)
  return password
}

async function readPassword(site: Site, mayCreate: boolean): Promise<string> {
  const { directory, account } = site
  const file = join(directory, 'password')
  if (mayCreate) await makePassword(file, account)
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new EmbeddedPostgresError(
      'directory_unusable',
      code === 'ENOENT'
        ? `${file} is missing, and without it the data cannot be opened. Restore the file, move ${directory} away to start with an empty database, or set DATABASE_URL.`
        : `the data in ${directory} belong to another user (${code}). Run Epistle as that user, or set DATABASE_URL.`,
      { directory },
    )
  }
}

// A hard link appears with its content or not at all, and fails when another process was faster.
async function makePassword(file: string, account: Account): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(24).toString('hex')}\n`)
    await handle.sync()
    if (account.uid !== undefined) await handle.chown(account.uid, account.gid ?? account.uid)
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await handle.close()
    await rm(draft, { force: true })
  }
}

async function initialise(site: Site): Promise<void> {
  const { directory, data, account } = site
  await removeAbandoned(directory)
  const draft = join(directory, `initdb-${process.pid}-${randomBytes(4).toString('hex')}`)
  await mkdir(draft, { mode: 0o700 })
  try {
    if (account.uid !== undefined) await chown(draft, account.uid, account.gid ?? account.uid)
    await runInitdb(site, draft)
    await rename(draft, data).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    await syncFolder(directory)
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function runInitdb(site: Site, draft: string): Promise<void> {
  const { directory, binaries, account, settings } = site
  const options = [
    `--pgdata=${draft}`,
    '--username=postgres',
    `--pwfile=${join(directory, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's builtin locale exists on every machine and sorts the same way everywhere.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]
  if (settings.fsync === 'off') options.push('--no-sync')
  const where = { ...account, cwd: draft, env: serverEnvironment }
  await run(binaries.initdb, options, where).catch((error: Error & { stderr?: string }) => {
    throw new EmbeddedPostgresError(
      'start_failed',
      `initdb could not create the database in ${directory}: ${(error.stderr || error.message).trim()}
Fix the cause, or set DATABASE_URL.`,
      { directory },
    )
  })
}

// Removes the drafts of processes that were killed during initdb. A living process still works on its draft.
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const maker = /^initdb-(\d+)-/.exec(name)?.[1]
    if (maker === undefined || isAlive(Number(maker))) continue
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // Windows cannot sync a folder
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}
