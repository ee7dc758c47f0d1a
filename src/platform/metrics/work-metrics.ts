/** Metrics of what a worker does: tasks and e-mails. `database-metrics.ts` has the tasks that wait. */

import type { Registry } from '@prometheus-io/client'
import { counter, histogram } from './instruments.ts'
import { measured } from './measurements.ts'

/** Adds the metrics. */
export function addWorkMetrics(register: Registry, readings: DisposableStack): void {
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
  for (const outcome of ['sent', 'written', 'failed']) mails(0, outcome)
  readings.defer(
    measured.task.read(({ process, outcome, seconds }) => durations(seconds, process, outcome)),
  )
  readings.defer(measured.mail.read(({ outcome }) => mails(1, outcome)))
}
