/** Metrics of responses that are read: from which server, and which standbys are used. */

import type { Registry } from '@prometheus-io/client'
import { counter, gauge } from './instruments.ts'
import { measured } from './measurements.ts'

/** A standby as the metrics show it. */
export interface StandbyLevel {
  readonly name: string
  readonly isUsed: boolean
  /** The greatest position that it has shown. */
  readonly shown: bigint
}

/** The reasons, by the server that answered. */
const reasons = {
  standby: ['at_once', 'waited'],
  primary: ['no_position', 'no_standby', 'behind', 'failed'],
}

/** Adds the metrics. */
export function addReadMetrics(
  register: Registry,
  readings: DisposableStack,
  standbys: readonly StandbyLevel[],
): void {
  const reads = counter(
    register,
    'epistle_reads_total',
    'Responses that were read, by the server that answered and the reason',
    ['from', 'reason'],
  )
  for (const [from, each] of Object.entries(reasons)) {
    for (const reason of each) reads(0, from, reason)
  }
  addStandbyMetrics(register, standbys)
  readings.defer(measured.read.read(({ from, reason }) => reads(1, from, reason)))
}

function addStandbyMetrics(register: Registry, standbys: readonly StandbyLevel[]): void {
  gauge(register, 'epistle_standby_used', '1 while responses are read from the standby', {
    labelNames: ['standby'],
    collect: (used) => {
      for (const { name: standby, isUsed } of standbys) used.set({ standby }, isUsed ? 1 : 0)
    },
  })
  gauge(register, 'epistle_standby_position', 'The last position that the standby has shown', {
    labelNames: ['standby'],
    collect: (position) => {
      for (const { name: standby, shown } of standbys) position.set({ standby }, Number(shown))
    },
  })
}
