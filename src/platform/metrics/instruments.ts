/** The instruments of Prometheus, made with few words: each belongs to one registry. */

import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'

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

export function counter<Label extends string = never>(
  register: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Counter<Label> {
  return new Counter<Label>({ name, help, registers: [register], labelNames: [...labelNames] })
}

export function histogram<Label extends string = never>(
  register: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
  buckets: readonly number[] = secondsBuckets,
): Histogram<Label> {
  const labels = [...labelNames]
  return new Histogram<Label>({
    ...{ name, help, registers: [register], labelNames: labels, buckets: [...buckets] },
  })
}
