/**
 * Short forms that create the instruments of Prometheus in one registry.
 *
 * Counters and histograms take label values in the order of their label names, and count in place. Those of the client
 * check the labels of each value and join them to a string, which took 2 % of the processor time of a message.
 */

import { Counter, Gauge, type Registry } from '@prometheus-io/client'
import { Cells, type LabelValues, labelsOf } from './cells.ts'
import { Histogram } from './histogram.ts'

/** Seconds of requests, queries and tasks: from a fast query to one that ends in a timeout. */
export const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

interface GaugeOptions<Label extends string> {
  readonly labelNames?: readonly Label[]
  /** Sets the values when the metrics are read. */
  readonly collect?: (gauge: Gauge<Label>) => void
}

export function gauge<Label extends string = never>(
  register: Registry,
  name: string,
  help: string,
  { labelNames = [], collect }: GaugeOptions<Label> = {},
): Gauge<Label> {
  return new Gauge<Label>({
    ...{ name, help, registers: [register], labelNames: [...labelNames] },
    ...(collect && {
      collect() {
        collect(this)
      },
    }),
  })
}

/** Removes all samples. The client's `reset` alone leaves a gauge without labels at 0, which can be untrue. */
export function removeSamples(gauge: Pick<Gauge<string>, 'reset' | 'remove'>): void {
  gauge.reset()
  gauge.remove({})
}

/** Adds `count` to the counter of these label values. With 0, they are shown before anything is counted. */
export type Count<Names extends readonly string[]> = (
  count: number,
  ...values: LabelValues<Names>
) => void

export function counter<const Names extends readonly string[] = []>(
  register: Registry,
  name: string,
  help: string,
  labelNames: Names,
): Count<Names> {
  const cells = new Cells<{ count: number }>(() => ({ count: 0 }))
  new Counter<string>({
    ...{ name, help, registers: [register], labelNames: [...labelNames] },
    collect() {
      this.reset()
      for (const [values, { count }] of cells.all) this.inc(labelsOf(labelNames, values), count)
    },
  })
  return (count, ...values) => {
    cells.of(values).count += count
  }
}

/** Adds a value to the histogram of these label values. */
export type Observe<Names extends readonly string[]> = (
  value: number,
  ...values: LabelValues<Names>
) => void

export function histogram<const Names extends readonly string[] = []>(
  register: Registry,
  name: string,
  help: string,
  labelNames: Names,
  buckets: readonly number[] = secondsBuckets,
): Observe<Names> {
  const made = new Histogram({ name, help, labelNames, buckets })
  made.addTo(register)
  return (value, ...values) => made.observe(value, values)
}
