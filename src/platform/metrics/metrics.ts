/**
 * The metrics of a process, in the text format of Prometheus. Names, units and labels follow its conventions: base
 * units, and labels with closed sets of values. No label has a user, the address of a user, or an id.
 *
 * Facts of the process come from `measurements.ts`, and those of the database from `database-metrics.ts` when the
 * metrics are read.
 */

import { collectDefaultMetrics, Registry } from '@prometheus-io/client'
import type { Pool } from 'pg'
import { addAppendMetrics } from './append-metrics.ts'
import { addDatabaseMetrics } from './database-metrics.ts'
import { gauge } from './instruments.ts'
import { addPoolMetrics } from './pool-metrics.ts'
import { addReadMetrics, type StandbyLevel } from './read-metrics.ts'
import { addRequestMetrics } from './request-metrics.ts'
import { addWorkMetrics } from './work-metrics.ts'

export interface Metrics {
  readonly contentType: string
  /** Returns the present values. */
  read(): Promise<string>
  /** Stops counting. */
  close(): void
}

export interface MetricsOptions {
  readonly version: string
  /** The pools of connections to the database, by the name in the label. */
  readonly pools: Readonly<Record<string, Pool>>
  /**
   * Reads the metrics of the database, and is used for nothing else: in a pool that is full of slow queries, the metrics
   * would report that the database is down.
   */
  readonly database: Pool
  /** Whether `/readyz` answers 200. */
  readonly isReady: () => Promise<boolean>
  /** The standbys that responses are read from. */
  readonly standbys?: readonly (StandbyLevel & { readonly pool: Pool })[]
}

/** Milliseconds between two samples of the event loop. The client's defaults, 10 and 100, wake an idle server. */
const sampling = { eventLoopMonitoringPrecision: 50, eventLoopUtilizationTimeout: 1_000 }

/** Creates the metrics of this process, with those of Node itself. */
export function createMetrics({
  version,
  pools,
  database,
  isReady,
  standbys = [],
}: MetricsOptions): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register, ...sampling })
  const labels = { version, node: process.version }
  gauge(register, 'epistle_build_info', 'Constant 1, with the versions of this process', {
    labelNames: ['version', 'node'],
    collect: (info) => info.set(labels, 1),
  })
  const ready = gauge(register, 'epistle_ready', '1 if /readyz answered 200 at this scrape')
  const readDatabase = addDatabaseMetrics(register, database)
  addPoolMetrics(register, pools, standbys)
  const readings = new DisposableStack()
  addRequestMetrics(register, readings)
  addReadMetrics(register, readings, standbys)
  addAppendMetrics(register, readings)
  addWorkMetrics(register, readings)
  return {
    contentType: register.contentType,
    read: async () => {
      const [isReadyNow] = await Promise.all([isReady(), readDatabase()])
      ready.set(isReadyNow ? 1 : 0)
      return register.metrics()
    },
    close: () => readings.dispose(),
  }
}
