/** Metrics of the connections to the database: those of the pools, and those beside them. */

import type { Registry } from '@prometheus-io/client'
import type { Pool } from 'pg'
import { gauge } from './instruments.ts'
import { connections as beside } from './measurements.ts'

/** How many connections a pool has, and how many queries wait for one. */
type PoolLevels = Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'>

/** Adds the metrics. The pools of all standbys are one in the label. */
export function addPoolMetrics(
  register: Registry,
  pools: Readonly<Record<string, PoolLevels>>,
  standbys: readonly { readonly pool: PoolLevels }[],
): void {
  const each = () => Object.entries({ ...pools, standbys: sumOf(standbys.map(({ pool }) => pool)) })
  gauge(
    register,
    'epistle_database_connections',
    'Connections of a pool, or of what has one of its own, by state',
    {
      labelNames: ['pool', 'state'],
      collect: (connections) => {
        for (const [pool, { totalCount, idleCount }] of each()) {
          connections.set({ pool, state: 'idle' }, idleCount)
          connections.set({ pool, state: 'busy' }, totalCount - idleCount)
        }
        for (const [pool, levels] of Object.entries(beside)) {
          const idle = 'idle' in levels ? levels.idle.value : 0
          connections.set({ pool, state: 'idle' }, idle)
          connections.set({ pool, state: 'busy' }, levels.open.value - idle)
        }
      },
    },
  )
  gauge(register, 'epistle_database_connection_waiters', 'Queries that wait for a connection', {
    labelNames: ['pool'],
    collect: (waiters) => {
      for (const [pool, { waitingCount }] of each()) waiters.set({ pool }, waitingCount)
    },
  })
}

function sumOf(pools: readonly PoolLevels[]): PoolLevels {
  const sum = (levelOf: (pool: PoolLevels) => number) =>
    pools.reduce((total, pool) => total + levelOf(pool), 0)
  return {
    totalCount: sum((pool) => pool.totalCount),
    idleCount: sum((pool) => pool.idleCount),
    waitingCount: sum((pool) => pool.waitingCount),
  }
}
