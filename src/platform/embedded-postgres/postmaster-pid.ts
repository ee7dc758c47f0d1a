// Reads PostgreSQL's lock file, postmaster.pid, and checks whether its process is still the server of this
// directory: after a crash or a reboot, another process may have the same number. Never removes the lock
// file of a running server.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { link, readFile, readlink, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Postmaster {
  pid: number
  port: number
  /**
   * It accepts connections, or did before it began to stop. Until then another server may be listening on
   * its port, one that took the port first.
   */
  isReady: boolean
}

/** Whether a process with this number exists, under any account. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * The running server of this data directory, which may be starting or stopping; null when there is none.
 * A lock file whose number now belongs to an unrelated process is removed, because PostgreSQL would refuse
 * to start. A lock file of a dead process stays, because PostgreSQL replaces it itself.
 */
export async function findPostmaster(data: string): Promise<Postmaster | null> {
  const file = join(data, 'postmaster.pid')
  const found = await readLockFile(file)
  if (!found || !isAlive(found.pid)) return null
  if (await serves(found.pid, data)) return found
  await removeStale(file, found.pid)
  return null
}

// The lines of the file: pid, data directory, start time, port, socket directory, address, memory key, state.
async function readLockFile(file: string): Promise<Postmaster | null> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  const isReady = /^(?:ready|standby|stopping)/.test(lines[7] ?? '')
  return pid > 0 && port > 0 ? { pid, port, isReady } : null
}

// A postmaster runs in its data directory and keeps its command line. Linux shows the directory only to the
// process's owner and to root, so a process whose directory is hidden belongs to another account and is
// not our server. Elsewhere `ps` shows the command line to every account.
async function serves(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'linux') {
    return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === data
  }
  const { stdout } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.includes('postgres') && stdout.includes(data)
}

// Between reading and removing the stale file, another start may have replaced it with its own. So the file is
// renamed, read again, and restored if it is not the stale one. A server that starts in between fails on
// the shared memory, which is PostgreSQL's second protection.
async function removeStale(file: string, pid: number): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}`
  try {
    await rename(file, aside)
  } catch {
    return // another process removed it
  }
  const taken = await readLockFile(aside)
  if (taken?.pid !== pid) await link(aside, file).catch(() => {})
  await rm(aside, { force: true })
}
