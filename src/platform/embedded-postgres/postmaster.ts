// The server process: launched detached, in a session of its own, so that Ctrl-C on the terminal
// ends the service first and the service then ends the database; stopped by a fast shutdown.
// Who may stop it is not decided here, but in guard.ts.
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

/** How long a server may take to become ready, recovery included, or to stop: 60 s. */
export const patience = 60_000

/** The port taken when it is free: not PostgreSQL's own 5432, which a machine may well use. */
const preferredPort = 54_320

/** One attempt to start the server. */
export interface Launch {
  pid: number | undefined
  /** Undefined while it runs, then its exit code, null after a signal. */
  exit(): number | null | undefined
  /** What the log says since this launch. */
  log(): Promise<string>
}

/** Starts the server without waiting until it is ready. */
export async function launchServer(site: Site): Promise<Launch> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(await findPort()),
    // No socket files: their paths may be 107 bytes long at most, and a checkout's are longer.
    unix_socket_directories: '',
    // Segments of the write-ahead log stay to be used again: while one is made, some ten milliseconds,
    // nobody commits. As many as max_wal_size lets come about anyway.
    min_wal_size: '1GB',
    ...site.settings,
  }
  const log = await open(logFile(site), 'a', 0o600)
  try {
    const { size } = await log.stat()
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = spawn(site.binaries.postgres, ['-D', site.data, ...args], {
      ...site.account,
      cwd: site.data,
      env: serverEnvironment,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    let exit: number | null | undefined
    server.on('exit', (code) => {
      exit = code
    })
    server.on('error', () => {
      exit = null
    })
    server.unref()
    return { pid: server.pid, exit: () => exit, log: () => readLog(site, size) }
  } finally {
    await log.close()
  }
}

/**
 * Stops the server by a fast shutdown: open transactions roll back, everything else is on disk.
 * Waits for that process alone; `pg_ctl stop` would wait for whichever the lock file names, and a
 * newcomer may have started the next one by then.
 */
export async function stopServer(site: Site): Promise<void> {
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
    `PostgreSQL on ${site.directory} (process ${running.pid}) has not stopped after ${patience / 1000} s.`,
  )
}

/**
 * Whether a failed launch may succeed when tried again. The port may have been taken since we saw
 * it free; another start may have come first; and the last processes of a server that was killed
 * hold its shared memory for a moment.
 */
export function mayPass(log: string): boolean {
  return /Address already in use|still in use|lock file .* (already exists|is empty)/.test(log)
}

/** A failure to start or stop, told with the end of the server's log. */
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
