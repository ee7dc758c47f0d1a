/** A Prometheus histogram that counts in place. It is registered with the registry of the Prometheus client. */

import type { Registry } from '@prometheus-io/client'
import { Cells, type LabelValue, labelsOf } from './cells.ts'

interface HistogramOptions {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  /** The upper bounds, in ascending order, without the last one, which is infinite. */
  readonly buckets: readonly number[]
}

interface Cell {
  /** How many values each bucket has. A value counts in the first bucket that can contain it, not in later ones. */
  readonly counts: number[]
  sum: number
}

/** A line of the text format. */
interface Line {
  readonly metricName: string
  readonly labels: Record<string, LabelValue>
  readonly value: number
}

export class Histogram {
  readonly type = 'histogram'
  readonly name: string
  readonly help: string
  readonly #labelNames: readonly string[]
  readonly #buckets: readonly number[]
  readonly #cells: Cells<Cell>

  constructor({ name, help, labelNames, buckets }: HistogramOptions) {
    this.name = name
    this.help = help
    this.#labelNames = labelNames
    this.#buckets = buckets
    const counts = [...buckets, Number.POSITIVE_INFINITY].map(() => 0)
    this.#cells = new Cells(() => ({ counts: [...counts], sum: 0 }))
    // As in the client, a histogram without labels is shown before its first value.
    if (labelNames.length === 0) this.#cells.of([])
  }

  observe(value: number, labelValues: readonly LabelValue[]): void {
    const cell = this.#cells.of(labelValues)
    const buckets = this.#buckets
    let n = 0
    while (n < buckets.length && value > (buckets[n] as number)) n += 1
    cell.counts[n] = (cell.counts[n] as number) + 1
    cell.sum += value
  }

  /** Registers it. The registry uses the name, help, type and `get` of a metric. */
  addTo(register: Registry): void {
    register.registerMetric(this as never)
  }

  async get() {
    const { name, help, type } = this
    return { name, help, type, aggregator: 'sum', values: this.#lines() }
  }

  #lines(): Line[] {
    return this.#cells.all.flatMap(([values, { counts, sum }]) => {
      const labels = labelsOf(this.#labelNames, values)
      let count = 0
      const buckets = counts.map((each, n): Line => {
        count += each
        const le = this.#buckets[n] ?? '+Inf'
        return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count }
      })
      return [
        ...buckets,
        { metricName: `${this.name}_sum`, labels, value: sum },
        { metricName: `${this.name}_count`, labels, value: count },
      ]
    })
  }
}
