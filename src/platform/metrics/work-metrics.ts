/** Metrics of what a worker does: tasks and e-mails. `database-metrics.ts` has the tasks that wait. */

import type { Registry } from '@prometheus-io/client'
import type { Counting } from './counting.ts'
import { counter, histogram } from './instruments.ts'
import { measured } from './measurements.ts'

/** Adds the metrics. */
export function addWorkMetrics(register: Registry, counting: Counting): void {
  const durations = histogram(
    register,
    'epistle_task_duration_seconds',
    'Time of a task, by process manager and outcome',
    ['process', 'outcome'],
  )
  const mails = counter(
    register,
    'epistle_mails_total',
    'E-mails that were sent, written to a file, or failed',
    ['outcome'],
  )
  for (const outcome of ['sent', 'written', 'failed']) mails.inc({ outcome }, 0)
  counting.read(measured.task, ({ process, outcome, seconds }) =>
    durations.observe({ process, outcome }, seconds),
  )
  counting.read(measured.mail, ({ outcome }) => mails.inc({ outcome }))
}
