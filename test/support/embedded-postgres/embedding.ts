// Helpers for the tests of the embedded PostgreSQL: a fresh directory, the subject in this process or in
// another one, and direct access to the server process.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/platform/embedded-postgres/embedded-postgres.ts'
import { isAlive } from '../../../src/platform/embedded-postgres/postmaster-pid.ts'
import type { Finishing } from '../database.ts'

export type Role = 'service' | 'guest'

/** A killed server loses nothing without fsync; only a crash of the machine would. */
export const settings = { fsync: 'off' }

/** An empty directory. After the test its server is killed and the directory is removed. */
export async function freshDirectory(t: Finishing, below = tmpdir()): Promise<string> {
  const directory = await mkdtemp(join(below, 'epistle-embedded-'))
  t.teardown(async () => {
    const pid = await postmasterOf(directory)
    if (pid) await killAndWait(pid)
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  return directory
}

/** Starts the embedded server in this process. */
export async function start(
  t: Finishing,
  directory: string,
  role: Role = 'service',
  said: string[] = [],
): Promise<EmbeddedPostgres> {
  const exclusive = role === 'service'
  const say = (line: string): void => void said.push(line)
  const server = await startEmbeddedPostgres({ directory, exclusive, say, settings })
  t.teardown(() => server.close())
  return server
}

export interface Holder {
  pid: number
  url: string
  code?: string
  kill(): Promise<void>
  leave(): Promise<void>
}

/** Starts the embedded server in another process. */
export async function hold(t: Finishing, directory: string, role: Role): Promise<Holder> {
  const child = spawnHolder(t, directory, role)
  const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line')) as [
    string,
  ]
  const end = async (act: () => void): Promise<void> => {
    const exited = once(child, 'exit')
    act()
    await exited
  }
  return {
    pid: child.pid ?? 0,
    ...JSON.parse(line),
    kill: () => end(() => child.kill('SIGKILL')),
    leave: () => end(() => child.stdin?.end()),
  }
}

export function spawnHolder(t: Finishing, directory: string, role: Role): ChildProcess {
  const program = join(import.meta.dirname, 'holder.ts')
  const args = [program, directory, role, JSON.stringify(settings)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(async () => void child.kill('SIGKILL'))
  return child
}

/** The process id in the lock file, or null after a clean stop. */
export async function postmasterOf(directory: string): Promise<number | null> {
  const file = join(await realpath(directory), 'data', 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => '')
  return Number.parseInt(text, 10) || null
}

/** Kills a process without a clean-up and waits until it is gone. SIGQUIT is an immediate shutdown. */
export async function killAndWait(
  pid: number,
  signal: 'SIGKILL' | 'SIGQUIT' = 'SIGKILL',
): Promise<void> {
  if (isAlive(pid)) process.kill(pid, signal)
  for (const until = Date.now() + 5000; await isRunning(pid); await sleep(5)) {
    if (Date.now() > until) throw new Error(`process ${pid} is still alive`)
  }
}

// A dead process keeps its number until its parent collects it, but it no longer runs.
async function isRunning(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !status.includes(') Z ')
}

/** Runs one statement on a connection of its own and returns the rows. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
