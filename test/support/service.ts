// The command line as an operator runs it: in a process of its own, controlled by signals and read through its
// output. A process that a test leaves running is killed by its pid.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Finishing } from './database.ts'
import { checkout } from './markdown.ts'

export interface Started {
  /** The process id, which is also the id of its process group. */
  readonly pid: number
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Waits up to 40 s until the output matches. Throws the output when the process ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /** The exit code, or the name of the signal that ended it. */
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
  const { PATH = '', HOME = '', TMPDIR, NODE_COMPILE_CACHE: cache } = process.env
  const child = spawn(program, args, {
    cwd,
    env: {
      PATH,
      HOME,
      ...(TMPDIR && { TMPDIR }),
      // Not for code in temporary folders, which is not run again.
      ...(cache && cwd === checkout && { NODE_COMPILE_CACHE: cache }),
      LOG_LEVEL: 'info',
      ...env,
    },
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
  throw new Error(`${pattern} does not match the output:\n${written()}`)
}
