/** Metrics of appends, and of the leases without which a server reads nothing. */

import type { Registry } from '@prometheus-io/client'
import { counter, gauge, histogram } from './instruments.ts'
import { levels, measured } from './measurements.ts'

const batchBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Adds the metrics. */
export function addAppendMetrics(register: Registry, readings: DisposableStack): void {
  gauge(register, 'epistle_append_queue_requests', 'Append requests that wait to be sent', {
    collect: (requests) => requests.set(levels.appendRequests.value),
  })
  gauge(
    register,
    'epistle_append_queue_bytes',
    'About how many bytes of JSON wait to be appended',
    {
      collect: (size) => size.set(levels.appendBytes.value),
    },
  )
  const waits = histogram(
    register,
    'epistle_append_queue_wait_seconds',
    'Time that an append request waited to be sent',
    [],
  )
  const batches = histogram(
    register,
    'epistle_append_batch_requests',
    'Append requests of a batch',
    [],
    batchBuckets,
  )
  readings.defer(
    measured.batch.read((batch) => {
      batches(batch.waits.length)
      for (const wait of batch.waits) waits(wait)
    }),
  )
  addResultMetrics(register, readings)
  addLeaseMetrics(register, readings)
}

function addResultMetrics(register: Registry, readings: DisposableStack): void {
  const calls = histogram(
    register,
    'epistle_append_call_duration_seconds',
    'Time of a call of an append function in the database',
    ['outcome'],
  )
  const results = counter(register, 'epistle_append_results_total', 'Results of append requests', [
    'result',
  ])
  const doubtful = counter(
    register,
    'epistle_append_doubtful_total',
    'Append requests whose result was lost with a connection, by how they ended',
    ['end'],
  )
  for (const result of ['accepted', 'rejected', 'unavailable']) results(0, result)
  for (const end of ['was_recorded', 'recorded_again', 'unknown']) doubtful(0, end)
  readings.defer(
    measured.appendCall.read(({ failed, seconds, accepted }) => {
      calls(seconds, failed ? 'failed' : 'answered')
      results(accepted, 'accepted')
    }),
  )
  readings.defer(measured.appendResults.read(({ result, count }) => results(count, result)))
  readings.defer(measured.doubtful.read(({ end, count }) => doubtful(count, end)))
}

function addLeaseMetrics(register: Registry, readings: DisposableStack): void {
  gauge(
    register,
    'epistle_leases_held',
    'Read tables on which the server or worker holds leases; 0 while it has lost them',
    { collect: (held) => held.set(levels.leasesHeld.value) },
  )
  gauge(
    register,
    'epistle_leases_missing',
    '1 while the server or worker has lost the leases on its read tables',
    { collect: (missing) => missing.set(levels.leasesMissing.value) },
  )
  const lost = counter(register, 'epistle_leases_lost_total', 'Losses of the leases, by reason', [
    'reason',
  ])
  for (const reason of ['connection', 'standby', 'not_live']) lost(0, reason)
  readings.defer(measured.leases.read((fact) => lost(1, fact.lost)))
}
