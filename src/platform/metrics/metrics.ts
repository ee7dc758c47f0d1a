/**
 * The metrics of a process, in the text format of Prometheus. Names, units and labels follow its conventions:
 * base units, and labels with closed sets of values. No label has a user, an address or an id.
 */

import { collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client'

export interface Metrics {
  readonly contentType: string
  /** The values of this moment. */
  read(): Promise<string>
}

/** Creates the metrics of this process, with those of Node itself. */
export function createMetrics(version: string): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const build = new Gauge({
    name: 'epistle_build_info',
    help: 'Constant 1, with the version of this process',
    labelNames: ['version'],
    registers: [register],
  })
  build.set({ version }, 1)
  return { contentType: register.contentType, read: () => register.metrics() }
}
