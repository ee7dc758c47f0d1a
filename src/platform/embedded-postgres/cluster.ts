// The data directory itself: made once by initdb, with the password of its superuser beside it.
// Made under another name and renamed, so that `data` is always whole, after a kill -9 too, and
// of two starts at the same instant one wins and both use what it made.
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

/** One embedded PostgreSQL: where it lies, and who runs it with what. */
export interface Site {
  directory: string // data, password and log
  data: string // PGDATA, in that directory
  account: Account
  binaries: Binaries
  settings: Record<string, string>
}

/** Initialises the data directory if there is none yet, and returns the superuser's password. */
export async function ensureCluster(site: Site): Promise<string> {
  const initialised = await stat(site.data).catch(() => null)
  const password = await readPassword(site, initialised === null)
  if (!initialised) await initialise(site)
  return password
}

async function readPassword(site: Site, mayMake: boolean): Promise<string> {
  const { directory, account } = site
  const file = join(directory, 'password')
  if (mayMake) await makePassword(file, account)
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new EmbeddedPostgresError(
      'directory_unusable',
      code === 'ENOENT'
        ? `${file} is gone, and without it the data beside it cannot be opened. Put it back, move ${directory} away, or set DATABASE_URL.`
        : `the data in ${directory} belong to another user (${code}). Run Epistle as that user, or set DATABASE_URL.`,
      { directory },
    )
  }
}

// A hard link appears with its content or not at all, and fails when somebody was faster.
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
    // PostgreSQL's own locale: there on every machine, and sorted alike on every machine.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]
  if (settings.fsync === 'off') options.push('--no-sync')
  const where = { ...account, cwd: draft, env: serverEnvironment }
  await run(binaries.initdb, options, where).catch((error: Error & { stderr?: string }) => {
    throw new EmbeddedPostgresError(
      'start_failed',
      `initdb could not make the database in ${directory}: ${(error.stderr || error.message).trim()}
Settle that, or set DATABASE_URL.`,
      { directory },
    )
  })
}

// Left by a process that was killed in the middle of initdb; one still alive is at work on its own.
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const maker = /^initdb-(\d+)-/.exec(name)?.[1]
    if (maker === undefined || isAlive(Number(maker))) continue
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // has no such call
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}
