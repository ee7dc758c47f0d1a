// Runs test files, several at a time, each in a process of its own, and reports how each ended. It runs them by
// plain Node: the loader hooks of tap's own runner, for coverage and for mocks, take more time than most files.
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { type Counts, countTests } from './tap-output.ts'

export interface Outcome {
  readonly file: string
  readonly seconds: number
  readonly counts: Counts
  /** Why the file failed beyond its failed tests: it crashed, hung or asserted nothing. */
  readonly fault: string | null
  /** What it wrote: its TAP, and its errors. */
  readonly tap: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly jobs: number
  /** Whether no other file is started after a failure. */
  readonly bail: boolean
  /** Aborted with the name of a signal: running files receive it, and no other file is started. */
  readonly stop: AbortSignal
  readonly ended: (outcome: Outcome) => void
  /** How long a file may go on after its own time limit or after a signal, ms. */
  readonly graceMs?: number
}

/** Runs files in this order. Resolves when all have ended. */
export async function runFiles(files: readonly string[], options: RunOptions): Promise<void> {
  const waiting = [...files]
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (options.stop.aborted) return
      const outcome = await runFile(file, options)
      options.ended(outcome)
      if (options.bail && hasFailed(outcome)) waiting.length = 0
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
}

export function hasFailed({ counts, fault }: Outcome): boolean {
  return fault !== null || counts.failed > 0
}

/**
 * A young generation that the imports of a file do not fill, and no other thread that collects garbage: both take a
 * tenth off the processor time of a file that starts a server.
 */
const nodeOptions = ['--min-semi-space-size=64', '--single-threaded-gc']

async function runFile(file: string, options: RunOptions): Promise<Outcome> {
  const { cwd, env } = options
  const began = performance.now()
  // Over the channel tap reports the time limit that a file sets for itself.
  const child = spawn(process.execPath, [...nodeOptions, file], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>
  let tap = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (tap += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const unwatch = watch(child, options)
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  unwatch()
  const seconds = (performance.now() - began) / 1000
  const counts = countTests(tap)
  const fault = findFault(counts, signal ?? code)
  return { file, seconds, counts: counts ?? nothing, fault, tap, stderr }
}

const nothing: Counts = { passed: 0, failed: 0, skipped: 0, empty: [] }

/** Forwards a stop, and kills a process that outlives it, or the time limit that it reported, for too long. */
function watch(child: ChildProcess, { env, stop, graceMs = 15_000 }: RunOptions): () => void {
  let timer: NodeJS.Timeout | undefined
  const allow = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      child.kill('SIGKILL')
      // A process that the file has left behind may hold these open.
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, ms + graceMs)
  }
  allow(Number(env.TAP_TIMEOUT) * 1000)
  child.on('message', (message) => {
    const ms = Number(Reflect.get(Object(message), 'setTimeout'))
    if (ms > 0) allow(ms)
  })
  const forward = (): void => {
    child.kill(stop.reason)
    allow(0)
  }
  stop.addEventListener('abort', forward)
  return () => {
    clearTimeout(timer)
    stop.removeEventListener('abort', forward)
  }
}

function findFault(counts: Counts | null, end: number | string | null): string | null {
  if (typeof end === 'string') return `ended by ${end}`
  if (counts === null) return `ended with ${end} before its tests had ended`
  if (end !== 0 && counts.failed === 0) return `ended with ${end} though no test failed`
  return counts.passed + counts.failed + counts.skipped === 0 ? 'asserts nothing' : null
}
