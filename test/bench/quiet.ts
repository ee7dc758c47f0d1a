// Quiet: on a machine that other processes use, a bench waits until they pause, and repeats rounds that
// they disturbed, up to a limit.
import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { percent } from './figures.ts'

/** The share of the processors below which the machine counts as idle, and how long to wait for it. */
const idle = 0.1
const maxWaitMs = 20_000

/** Results, and the largest share of the machine that other processes used just before or after one. */
export interface Rounds<T> {
  readonly results: readonly T[]
  readonly busy: number
}

/** Measures so many rounds. Runs up to twice as many, and keeps the least disturbed ones. */
export async function measureRounds<T>(
  rounds: number,
  say: (line: string) => void,
  measure: (round: number) => Promise<T>,
): Promise<Rounds<T>> {
  const measured: { result: T; busy: number }[] = []
  const undisturbed = () => measured.filter(({ busy }) => busy < idle).length
  for (let n = 0; n < 2 * rounds && undisturbed() < rounds; n += 1) {
    const before = await waitForQuiet(maxWaitMs)
    const result = await measure(n)
    const busy = Math.max(before, await waitForQuiet(0))
    say(`round ${n + 1}: other processes used ${percent(busy)} of the machine`)
    measured.push({ result, busy })
  }
  const kept = measured.sort((a, b) => a.busy - b.busy).slice(0, rounds)
  return { results: kept.map(({ result }) => result), busy: kept.at(-1)?.busy ?? 0 }
}

/** Waits until the machine is idle, for at most `maxMs`; returns the share that is still used. */
async function waitForQuiet(maxMs: number): Promise<number> {
  for (const until = performance.now() + maxMs; ; ) {
    const before = times()
    await pause(1_000)
    const after = times()
    const busy = (after.busy - before.busy) / (after.all - before.all)
    if (busy < idle || performance.now() > until) return busy
  }
}

function times(): { busy: number; all: number } {
  const all = sum(cpus().flatMap((cpu) => Object.values(cpu.times)))
  return { busy: all - sum(cpus().map((cpu) => cpu.times.idle)), all }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
