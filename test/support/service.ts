// The command line as a person runs it: in a process of its own, told by signals, read by its output.
// A process that a test forgot is ended by its own pid, and the embedded server it left is stopped.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Finishing } from './database.ts'
import { checkout } from './markdown.ts'

export interface Started {
  /** The pid; of the whole process group, too. */
  readonly pid: number
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Waits until what it wrote matches, 40 s at most; throws what it wrote when it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /** How it ended: its exit code, or the signal's name. */
  readonly ended: Promise<number | string>
}

export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command in a process group of its own, with a clean environment. */
export function start(t: Finishing, command: readonly string[], options: StartOptions = {}) {
  const { cwd = checkout, env = {} } = options
  const [program = '', ...args] = command
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), LOG_LEVEL: 'info', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  })
  return {
    pid: child.pid ?? 0,
    child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    said: (pattern: RegExp) => waitFor(pattern, () => written.stdout + written.stderr, child),
    ended,
  } satisfies Started
}

/** Runs Epistle's command line. */
export function epistle(t: Finishing, args: readonly string[], options?: StartOptions): Started {
  return start(t, [process.execPath, 'src/main.ts', ...args], options)
}

/** Runs a command line to its end. */
export async function finished(started: Started) {
  const code = await started.ended
  return { code, stdout: started.stdout(), stderr: started.stderr() }
}

async function waitFor(pattern: RegExp, written: () => string, child: ChildProcess) {
  for (const until = Date.now() + 40_000; Date.now() < until; await pause(20)) {
    const over = child.exitCode !== null || child.signalCode !== null
    const found = pattern.exec(written())
    if (found) return found
    if (over) break
  }
  throw new Error(`${pattern} was not said, but:\n${written()}`)
}
