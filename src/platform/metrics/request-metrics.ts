/** Metrics of requests, limits, queries, live updates and password hashes. */

import type { Registry } from '@prometheus-io/client'
import { counter, gauge, histogram } from './instruments.ts'
import { levels, measured } from './measurements.ts'

/** Adds the metrics. */
export function addRequestMetrics(register: Registry, readings: DisposableStack): void {
  const durations = histogram(
    register,
    'epistle_http_request_duration_seconds',
    'Time until a response was sent, by the template of its route',
    ['method', 'route', 'status'],
  )
  const problems = counter(register, 'epistle_http_problems_total', 'Errors by problem code', [
    'code',
  ])
  const limits = counter(register, 'epistle_limits_reached_total', 'Requests over a limit', [
    'limit',
  ])
  const queries = histogram(
    register,
    'epistle_database_query_duration_seconds',
    'Time of a query that has a name, with its wait for a connection',
    ['statement'],
  )
  readings.defer(
    measured.request.read(({ method, route, status, seconds, problem }) => {
      durations(seconds, method, route, status)
      if (problem !== undefined) problems(1, problem)
    }),
  )
  readings.defer(measured.limit.read(({ name }) => limits(1, name)))
  readings.defer(measured.query.read(({ statement, seconds }) => queries(seconds, statement)))
  addAdminRequestMetrics(register, readings)
  addStreamMetrics(register, readings)
  addHashMetrics(register, readings)
}

/** A metric of its own, so that no expression about the requests of users counts operators, Prometheus and the feed. */
function addAdminRequestMetrics(register: Registry, readings: DisposableStack): void {
  const durations = histogram(
    register,
    'epistle_admin_request_duration_seconds',
    'Time until a response of the admin port was sent, by the template of its route',
    ['method', 'route', 'status'],
  )
  readings.defer(
    measured.adminRequest.read(({ method, route, status, seconds }) =>
      durations(seconds, method, route, status),
    ),
  )
}

function addStreamMetrics(register: Registry, readings: DisposableStack): void {
  gauge(register, 'epistle_streams', 'Open streams of live updates', {
    collect: (streams) => streams.set(levels.streams.value),
  })
  gauge(register, 'epistle_waiting_requests', 'Requests of GET /events that wait for an event', {
    collect: (requests) => requests.set(levels.waitingRequests.value),
  })
  const delays = histogram(
    register,
    'epistle_stream_delay_seconds',
    'Time from the record of an event to its frame',
    [],
  )
  const ends = counter(register, 'epistle_stream_ends_total', 'Streams that ended, by reason', [
    'reason',
  ])
  readings.defer(measured.frame.read(({ seconds }) => delays(seconds)))
  readings.defer(measured.streamEnd.read(({ reason }) => ends(1, reason)))
}

function addHashMetrics(register: Registry, readings: DisposableStack): void {
  gauge(register, 'epistle_password_hashes_running', 'Password hashes that are computed', {
    collect: (hashes) => hashes.set(levels.hashesRunning.value),
  })
  gauge(register, 'epistle_password_hashes_waiting', 'Password hashes that wait for their turn', {
    collect: (hashes) => hashes.set(levels.hashesWaiting.value),
  })
  const durations = histogram(
    register,
    'epistle_password_hash_duration_seconds',
    'Time of a password hash without its wait: a new one, or the check of a password',
    ['purpose'],
  )
  readings.defer(measured.hash.read(({ purpose, seconds }) => durations(seconds, purpose)))
}
