// A switch for the metrics of a server: while it is off, no metric reads the facts that the server reports of itself, as
// in a process without an admin port. The rest of the process stays as it is.
import { subscribe } from 'node:diagnostics_channel'
import { setTimeout as pause } from 'node:timers/promises'
import { Measurement } from '../../src/platform/metrics/measurements.ts'

export type Side = 'without' | 'with'

/** What the parent asks for: so many slices of so many milliseconds, half of them with metrics. */
export interface Slices {
  readonly slices: number
  readonly ms: number
}

/** What the process did in a slice: its responses, and the processor time of all its threads in microseconds. */
export interface Slice {
  readonly side: Side
  readonly responses: number
  readonly processorTime: number
  readonly ms: number
}

/**
 * Puts the switch between those who report facts and those who read them. The readers stay subscribed, because V8
 * compiles the code that reports a fact again when the first of them comes or the last one goes.
 */
export class MetricsSwitch {
  #isOn = true
  #responses = 0

  constructor() {
    const isOn = () => this.#isOn
    const { report } = Measurement.prototype
    const isRead = Object.getOwnPropertyDescriptor(Measurement.prototype, 'isRead')
    Measurement.prototype.report = function (this: Measurement<object>, fact) {
      if (isOn()) report.call(this, fact)
    }
    Object.defineProperty(Measurement.prototype, 'isRead', {
      get() {
        return isOn() && isRead?.get?.call(this)
      },
    })
    subscribe('http.server.response.finish', () => {
      this.#responses += 1
    })
  }

  /** Measures slices in the order without, with, with, without, which cancels out a drift; then it is on again. */
  async measure({ slices, ms }: Slices): Promise<readonly Slice[]> {
    const found: Slice[] = []
    for (let nth = 0; nth < slices; nth += 1) {
      const side = [1, 2].includes(nth % 4) ? 'with' : 'without'
      this.#isOn = side === 'with'
      found.push({ side, ...(await this.#measureOne(ms)) })
    }
    this.#isOn = true
    return found
  }

  async #measureOne(ms: number): Promise<Omit<Slice, 'side'>> {
    const [responses, used, from] = [this.#responses, process.cpuUsage(), performance.now()]
    await pause(ms)
    const { user, system } = process.cpuUsage(used)
    return {
      responses: this.#responses - responses,
      processorTime: user + system,
      ms: performance.now() - from,
    }
  }
}
