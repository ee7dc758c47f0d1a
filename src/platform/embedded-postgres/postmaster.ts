// Starting and stopping the server process. It runs detached, in a session of its own, so Ctrl-C on the terminal
// reaches the service first, and the service then stops the database with a fast shutdown. Leaves the
// decision when to stop it to membership.ts.
import { execFile, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { serverEnvironment } from './binaries.ts'
import type { Site } from './cluster.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { findPostmaster } from './postmaster-pid.ts'

const run = promisify(execFile)

/** How long the server may take to become ready, recovery included, or to stop: 60 s. */
export const patience = 60_000

/** The port used when it is free. Not 5432, which another PostgreSQL on the machine may use. */
const preferredPort = 54_320

/** One attempt to start the server. */
export interface Launch {
  readonly pid: number | undefined
  /** Undefined while the server runs, then its exit code, or null after a signal. */
  exitCode(): number | null | undefined
  /** The server's log since this attempt. */
  log(): Promise<string>
}

/**
 * Starts the server without waiting until it is ready. Not with `pg_ctl start -w`: when several processes start
 * and stop servers at once, it fails on lock files that are empty or disappear while it reads them.
 */
export async function launchPostmaster(site: Site): Promise<Launch> {
  const settings = Object.entries(await serverSettings(site))
  const log = await open(logFile(site), 'a', 0o600)
  try {
    const { size } = await log.stat()
    const args = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = spawn(site.binaries.postgres, ['-D', site.data, ...args], {
      ...site.account,
      cwd: site.data,
      env: serverEnvironment,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    let exitCode: number | null | undefined
    server.on('exit', (code) => {
      exitCode = code
    })
    server.on('error', () => {
      exitCode = null
    })
    server.unref()
    return { pid: server.pid, exitCode: () => exitCode, log: () => readLog(site, size) }
  } finally {
    await log.close()
  }
}

async function serverSettings(site: Site): Promise<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(await findPort()),
    // No socket files: the path of one may have at most 107 bytes, and that of a checkout can be longer.
    unix_socket_directories: '',
    // Keeps segments of the write-ahead log for reuse, because creating one blocks all commits for some ten
    // milliseconds. It keeps as many as max_wal_size allows anyway.
    min_wal_size: '1GB',
    ...site.settings,
  }
}

/**
 * Stops the server with a fast shutdown: open transactions roll back, everything committed is on disk.
 * Waits for this process only. `pg_ctl stop` would wait for the process in the lock file, which may
 * already be the next server.
 */
export async function stopPostmaster(site: Site): Promise<void> {
  const running = await findPostmaster(site.data)
  if (!running) return
  const where = { ...site.account, cwd: site.data, env: serverEnvironment }
  await run(site.binaries.pgCtl, ['kill', 'INT', String(running.pid)], where)
  for (const until = Date.now() + patience; Date.now() < until; await sleep(20)) {
    if ((await findPostmaster(site.data))?.pid !== running.pid) return
  }
  throw await serverFailure(
    site,
    'stop_timeout',
    `PostgreSQL on ${site.directory} (process ${running.pid}) did not stop within ${patience / 1000} s.`,
  )
}

/**
 * Whether a retry may overcome a failed start: another process took the port after it was found free, another
 * start came first, or the last processes of a killed server still hold its shared memory.
 */
export function mayPass(log: string): boolean {
  return /Address already in use|still in use|lock file .* (already exists|is empty)/.test(log)
}

/** A failure to start or stop, with the end of the server's log. */
export async function serverFailure(
  site: Site,
  code: 'start_failed' | 'start_timeout' | 'stop_timeout',
  what: string,
): Promise<EmbeddedPostgresError> {
  const tail = (await readLog(site, 0)).trimEnd().split('\n').slice(-15).join('\n')
  return new EmbeddedPostgresError(code, `${what} The end of ${logFile(site)}:\n${tail}`, {
    directory: site.directory,
  })
}

function logFile(site: Site): string {
  return join(site.directory, 'postgres.log')
}

async function readLog(site: Site, from: number): Promise<string> {
  const log = await readFile(logFile(site)).catch(() => Buffer.alloc(0))
  return log.subarray(from).toString()
}

async function findPort(): Promise<number> {
  return (await tryPort(preferredPort)) ?? (await tryPort(0)) ?? preferredPort
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.on('error', () => resolve(null))
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      const free = typeof address === 'object' ? (address?.port ?? null) : null
      probe.close(() => resolve(free))
    })
  })
}
