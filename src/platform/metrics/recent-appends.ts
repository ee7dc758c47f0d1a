/**
 * The appends of this process within the last minute, for operators who look at it now. The histograms of `/metrics`
 * count since the start, so a quantile of the last minute would need two readings of them and a query language.
 *
 * It keeps a fixed number of calls, so the figures of a busy process cover only its last seconds.
 */

import { measured } from './measurements.ts'

export interface AppendFigures {
  /** How many of the last seconds the figures cover: 60, or fewer on a busy process. */
  readonly seconds: number
  readonly calls: number
  /** Append requests of a batch, on average; null where the process sent none. */
  readonly batchSize: number | null
  /** 99 of 100 calls took at most this long; null without a call. */
  readonly p99Seconds: number | null
}

export interface RecentAppends {
  read(): AppendFigures
  /** Stops counting. */
  close(): void
}

const window = 60
/** At 500 calls a second, the last four seconds. */
const maxKept = 2_048

/** Starts to keep the appends. `clock` returns milliseconds. */
export function keepRecentAppends(clock = () => performance.now()): RecentAppends {
  const [batches, calls] = [new Recent(), new Recent()]
  const now = () => clock() / 1000
  const readings = new DisposableStack()
  readings.defer(measured.batch.read(({ waits }) => batches.add(now(), waits.length)))
  readings.defer(measured.appendCall.read(({ seconds }) => calls.add(now(), seconds)))
  return {
    read: () => {
      const at = now()
      const durations = calls.since(at - window).sort((a, b) => a - b)
      const p99 = durations[Math.ceil(durations.length * 0.99) - 1]
      const sizes = batches.since(at - window)
      const requests = sizes.reduce((sum, size) => sum + size, 0)
      return {
        seconds: Math.ceil(Math.min(window, calls.reach(at), batches.reach(at))),
        calls: durations.length,
        batchSize: sizes.length === 0 ? null : requests / sizes.length,
        p99Seconds: p99 ?? null,
      }
    },
    close: () => readings.dispose(),
  }
}

/** The last values, in a ring buffer of numbers. Objects would live long enough to leave V8's young generation. */
class Recent {
  /** When each was added, in seconds on the clock of the process. */
  readonly #times = new Float64Array(maxKept).fill(Number.NEGATIVE_INFINITY)
  readonly #values = new Float64Array(maxKept)
  #next = 0

  add(at: number, value: number): void {
    this.#times[this.#next] = at
    this.#values[this.#next] = value
    this.#next = (this.#next + 1) % maxKept
  }

  since(at: number): number[] {
    return Array.from(this.#values).filter((_, n) => (this.#times[n] as number) >= at)
  }

  /** How many seconds before `now` the oldest kept value is; infinite while none was overwritten. */
  reach(now: number): number {
    return now - (this.#times[this.#next] as number)
  }
}
