/**
 * Metrics that are read from the database when Prometheus asks: the end of the log, writers that wait for the append
 * lock, the states of read tables, waiting tasks and webhooks. Every process reports them, so queries take one, such as
 * `max(epistle_log_position)`. If the database does not answer in time, they are absent.
 */

import type { Registry } from '@prometheus-io/client'
import type { Pool } from 'pg'
import { inTime } from '../in-time.ts'
import { appendLock } from '../read-models/advisory-locks.ts'
import { lastDeviations } from '../read-models/overview.ts'
import { hasFailed, isWaiting } from '../task-queue/backlog.ts'
import { gauge, removeSamples } from './instruments.ts'
import type { Part } from './part.ts'
import { webhooksPart } from './webhook-metrics.ts'

/** How long (ms) the database may take: less than the ten seconds that Prometheus waits by default. */
const answerMs = 3_000

const [space, key] = appendLock.split(', ')

const log = `
  select coalesce((select max(position) from log.events), 0)::float8 as position,
    count(l.pid)::int as waiters,
    coalesce(extract(epoch from clock_timestamp() - min(l.waitstart)), 0)::float8 as oldest
  from pg_locks l
  where l.locktype = 'advisory' and l.classid = ${space} and l.objid = ${key} and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database()) and not l.granted`

const tables = `
  select t.name,
    case when t.state in ('live', 'demoted') and c.oid is null then 'missing' else t.state end as state,
    t.position::float8 as position,
    case when t.state = 'building' then (select coalesce(max(position), 0) from log.events) end::float8 as target,
    extract(epoch from v.verified_at)::float8 as verified, v.differences::float8 as differences
  from read.tables t left join work.verifications v on v.read_table = t.name
  left join pg_class c on c.relname = t.name and c.relnamespace = 'read'::regnamespace`

/**
 * As in `backlog.ts`, a task that is due later does not count: the erasure of a deleted account is added 30 days before
 * it is due. The wait of a task is counted from when it is due.
 */
const tasks = `
  select process, case when isfinite(due_at) then 'failing' else 'given_up' end as state, count(*)::int as count,
    extract(epoch from statement_timestamp() - min(asked_at))::float8 as oldest
  from work.tasks where ${hasFailed} group by 1, 2
  union all
  select process, 'waiting', count(*)::int, extract(epoch from statement_timestamp() - min(due_at))::float8
  from work.tasks where ${isWaiting} group by 1`

/** Adds the metrics. Returns a function that reads their values. */
export function addDatabaseMetrics(register: Registry, pool: Pool): () => Promise<void> {
  const up = gauge(register, 'epistle_database_up', '1 if the database answered this scrape')
  const parts = [logPart, tablesPart, deviationsPart, tasksPart, webhooksPart].map((part) =>
    part(register),
  )
  let running: ReturnType<typeof readParts> | undefined
  // A scrape joins the read of an earlier one, so none waits behind reads whose scrapes have given up.
  const read = () => {
    running ??= readParts(pool, parts).finally(() => {
      running = undefined
    })
    return running
  }
  return async () => {
    try {
      const results = await inTime(read(), answerMs)
      for (const [n, { show }] of parts.entries()) show(results[n] ?? [])
      up.set(1)
    } catch {
      for (const { gauges } of parts) for (const each of gauges) removeSamples(each)
      up.set(0)
    }
  }
}

/** The rows of each part. */
async function readParts(pool: Pool, parts: readonly Part[]): Promise<readonly unknown[][]> {
  const results: unknown[][] = []
  for (const { text } of parts) results.push((await pool.query(text)).rows)
  return results
}

function logPart(register: Registry): Part {
  const position = gauge(register, 'epistle_log_position', 'The last position of the log')
  const waiters = gauge(
    register,
    'epistle_append_lock_waiters',
    'Sessions of all processes that wait for the append lock',
  )
  const oldest = gauge(
    register,
    'epistle_append_lock_oldest_wait_seconds',
    'How long the first session that waits for the append lock has waited',
  )
  const show: Part['show'] = ([row]) => {
    position.set(row.position)
    waiters.set(row.waiters)
    oldest.set(row.oldest)
  }
  return { text: log, gauges: [position, waiters, oldest], show }
}

function tablesPart(register: Registry): Part {
  const states = gauge(register, 'epistle_read_table_state', '1 for the state of a read table', {
    labelNames: ['table', 'state'],
  })
  const builds = gauge(
    register,
    'epistle_read_table_build_position',
    'The position that the build of a read table has reached',
    { labelNames: ['table'] },
  )
  const targets = gauge(
    register,
    'epistle_read_table_build_target_position',
    'The position that the build of a read table has to reach: the end of the log',
    { labelNames: ['table'] },
  )
  const verified = gauge(
    register,
    'epistle_read_table_verified_timestamp_seconds',
    'When a read table was last compared with the log',
    { labelNames: ['table'] },
  )
  const differences = gauge(
    register,
    'epistle_read_table_differences',
    'Rows that differed when a read table was last compared with the log',
    { labelNames: ['table'] },
  )
  const gauges = [states, builds, targets, verified, differences]
  const show: Part['show'] = (rows) => {
    for (const each of gauges) each.reset()
    for (const { name: table, state, position, ...last } of rows) {
      states.set({ table, state }, 1)
      if (state === 'building') {
        builds.set({ table }, position)
        targets.set({ table }, last.target)
      }
      if (last.verified === null) continue
      verified.set({ table }, last.verified)
      differences.set({ table }, last.differences)
    }
  }
  return { text: tables, gauges, show }
}

function deviationsPart(register: Registry): Part {
  const deviations = gauge(
    register,
    'epistle_deviations',
    'Parts of tables, such as triggers, that the last verify or install found not as installed',
  )
  const show: Part['show'] = ([row]) => {
    deviations.reset()
    if (row) deviations.set(row.deviations)
  }
  return { text: lastDeviations, gauges: [deviations], show }
}

function tasksPart(register: Registry): Part {
  const labelNames = ['process', 'state'] as const
  const counts = gauge(register, 'epistle_tasks', 'Tasks that are due and not done', {
    labelNames,
  })
  const oldest = gauge(
    register,
    'epistle_task_oldest_seconds',
    'How long the oldest waiting task has been due; how long ago the oldest failed task was added',
    { labelNames },
  )
  const show: Part['show'] = (rows) => {
    counts.reset()
    oldest.reset()
    for (const { process, state, count, oldest: seconds } of rows) {
      counts.set({ process, state }, count)
      oldest.set({ process, state }, seconds)
    }
  }
  return { text: tasks, gauges: [counts, oldest], show }
}
