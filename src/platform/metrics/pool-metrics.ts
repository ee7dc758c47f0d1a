/** Metrics of the pools of connections to the database. */

import type { Registry } from '@prometheus-io/client'
import type { Pool } from 'pg'
import { gauge } from './instruments.ts'

/** Adds the metrics. */
export function addPoolMetrics(register: Registry, pools: Readonly<Record<string, Pool>>): void {
  const each = Object.entries(pools)
  gauge(register, 'epistle_database_connections', 'Connections of a pool, by state', {
    labelNames: ['pool', 'state'],
    collect: (connections) => {
      for (const [pool, { totalCount, idleCount }] of each) {
        connections.set({ pool, state: 'idle' }, idleCount)
        connections.set({ pool, state: 'busy' }, totalCount - idleCount)
      }
    },
  })
  gauge(register, 'epistle_database_connection_waiters', 'Queries that wait for a connection', {
    labelNames: ['pool'],
    collect: (waiters) => {
      for (const [pool, { waitingCount }] of each) waiters.set({ pool }, waitingCount)
    },
  })
}
