// Reads PostgreSQL's lock file, postmaster.pid, and tells whether the process it names still is the
// server of this very directory: after a crash or a reboot another process may bear its number.
// Promises never to remove the lock file of a living server.
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
   * It takes connections, or did before it began to stop. Until then whoever answers at its port may
   * be another server, which had the port first.
   */
  isReady: boolean
}

/** Whether a process of this number exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * The living server of this data directory, which may be starting or stopping, or null. A lock file
 * whose number has gone to a stranger is removed, since PostgreSQL itself would refuse to start;
 * one whose process is dead is left to PostgreSQL, which replaces it.
 */
export async function findPostmaster(data: string): Promise<Postmaster | null> {
  const file = join(data, 'postmaster.pid')
  const found = await readLockFile(file)
  if (!found || !isAlive(found.pid)) return null
  if (await serves(found.pid, data)) return found
  await removeStale(file, found.pid)
  return null
}

// Its lines: pid, data directory, start time, port, socket directory, address, memory key, state.
async function readLockFile(file: string): Promise<Postmaster | null> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  const isReady = /^(?:ready|standby|stopping)/.test(lines[7] ?? '')
  return pid > 0 && port > 0 ? { pid, port, isReady } : null
}

// A postmaster works in its data directory and keeps its command line. Linux tells the first to the
// process's owner and to root, so a process that will not tell is another user's, and not ours;
// elsewhere `ps` tells the second to everybody.
async function serves(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'linux') {
    return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === data
  }
  const { stdout } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.includes('postgres') && stdout.includes(data)
}

// Between our reading and our removing, another start may have removed the stale file and written
// its own. So the file is taken aside, looked at again, and put back if it is not the stale one; a
// server that starts in between stops at the shared memory, PostgreSQL's second guard.
async function removeStale(file: string, pid: number): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}`
  try {
    await rename(file, aside)
  } catch {
    return // somebody else removed it
  }
  const taken = await readLockFile(aside)
  if (taken?.pid !== pid) await link(aside, file).catch(() => {})
  await rm(aside, { force: true })
}
