/**
 * The sender: delivers webhooks in a worker, to a few endpoints at a time.
 *
 * Each slot takes the endpoint that was tried the longest ago, so one that hangs occupies one slot until its timeout.
 * Several workers share the endpoints, because a worker locks the endpoint that it delivers to.
 */

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import { type ConfirmPage, createConfirmPage } from '../feed/confirmed-pages.ts'
import type { Notifications } from '../postgres/notifications.ts'
import { sleep } from '../sleep.ts'
import { IdleSlots } from '../task-queue/idle-slots.ts'
import { Connections } from './connections.ts'
import { type Attempt, type DeliveryDeps, deliverNext, isAnyEndpointDue } from './delivery.ts'
import { EndpointLock } from './endpoint-lock.ts'

export interface SenderOptions
  extends Omit<
    DeliveryDeps,
    'signal' | 'timeoutMs' | 'except' | 'log' | 'connections' | 'confirm'
  > {
  /** Two connections for each slot: one holds the endpoint, the other reads the log. */
  readonly pool: Pool
  readonly notifications: Notifications
  readonly mayWork: () => boolean
  readonly log: Pick<Logger, 'info' | 'warn' | 'debug'>
  /** How long a receiver may take, ms; shorter in tests. */
  readonly timeoutMs?: number
}

/** Endpoints that are delivered to at once. */
export const webhookSlots = 4
/** Standard Webhooks advises 15 to 30 s. */
const defaultTimeoutMs = 15_000
/** Longer than a delivery, so PostgreSQL ends only the transactions of workers that it has lost. */
const maxIdleInTransaction = '1min'
/** How often an idle slot looks for an endpoint that is due again. */
const pollMs = 5_000
/** Appends notify hundreds of times a second; more looks than this find no more events. */
const minGapMs = 100
const troubleMs = 1_000
/** How long (ms) a worker leaves an endpoint alone whose next event it cannot read. A newer worker can. */
const blockedMs = 10_000

interface Sender {
  /** Takes no more events. Running deliveries end after these seconds at the latest, and are repeated. */
  close(seconds: number): Promise<void>
}

interface Shared extends SenderOptions {
  readonly connections: Connections
  readonly confirm: ConfirmPage
  readonly idle: IdleSlots
  readonly stop: AbortSignal
  readonly cut: AbortSignal
  /** The endpoints whose next event this worker cannot read, and until when it leaves them alone. */
  readonly blocked: Map<string, number>
}

/** Starts to deliver. */
export function startSender(options: SenderOptions): Sender {
  const stop = new AbortController()
  const cut = new AbortController()
  const connections = new Connections()
  const shared: Shared = {
    ...options,
    connections,
    confirm: createConfirmPage(options.pool),
    idle: new IdleSlots(),
    stop: stop.signal,
    cut: cut.signal,
    blocked: new Map(),
  }
  const running = Array.from({ length: webhookSlots }, () => runSlot(shared))
  const waking = options.notifications(async (on) => {
    if (await isAnyEndpointDue(on)) shared.idle.wakeOne()
    await sleep(minGapMs, stop.signal)
  }, stop.signal)
  const done = Promise.all([...running, waking])
  return {
    close: async (seconds) => {
      stop.abort()
      const timer = setTimeout(() => cut.abort(), seconds * 1000)
      await done
      clearTimeout(timer)
      connections.close()
    },
  }
}

async function runSlot(shared: Shared): Promise<void> {
  const { mayWork, idle, stop, log } = shared
  while (!stop.aborted) {
    try {
      const attempt = mayWork() ? await deliver(shared) : undefined
      if (!attempt || attempt.outcome === 'blocked') await idle.sleep(pollMs, stop)
      if (attempt) report(shared, attempt)
    } catch (err) {
      if (stop.aborted) return
      log.warn({ err }, 'the worker cannot deliver webhooks; retrying')
      await sleep(troubleMs, stop)
    }
  }
}

async function deliver(shared: Shared): Promise<Attempt | undefined> {
  const { pool, idle, cut, blocked, mayWork, timeoutMs = defaultTimeoutMs } = shared
  for (const [name, until] of blocked) if (until < performance.now()) blocked.delete(name)
  const except = [...blocked.keys()]
  const client = await pool.connect()
  using lock = new EndpointLock(client, mayWork)
  let isLost = true
  try {
    const timeout = `set local idle_in_transaction_session_timeout = '${maxIdleInTransaction}'`
    await client.query(`begin; ${timeout}`)
    const attempt = await deliverNext(client, {
      ...shared,
      log: pool,
      except,
      timeoutMs,
      signal: AbortSignal.any([cut, lock.lost]),
    })
    if (attempt?.outcome === 'blocked') blocked.set(attempt.name, performance.now() + blockedMs)
    // Where one endpoint was due, another one might be.
    if (attempt) idle.wakeOne()
    await client.query('commit')
    isLost = false
    return attempt
  } finally {
    // A failed transaction ends with its connection.
    client.release(isLost)
  }
}

function report({ log }: Shared, { name, outcome, event, reason, traceId }: Attempt): void {
  const facts = { webhook: name, event, traceId, ...(reason !== undefined && { reason }) }
  if (outcome === 'delivered') log.debug(facts, 'webhook delivered')
  else if (outcome === 'failed') log.warn(facts, 'a webhook failed; it will be retried')
  else if (outcome === 'blocked') log.warn(facts, 'this worker cannot read the next event')
  else if (outcome === 'disabled')
    log.warn(facts, 'a webhook was disabled; `epistle webhook list` shows it')
}
