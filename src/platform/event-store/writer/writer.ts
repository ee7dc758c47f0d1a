/**
 * The writer of an OS process. Append requests that arrive while an append is in flight share the next one:
 * one round trip, one transaction, one flush to disk.
 *
 * Promises: an idle writer sends a request at once, with three exceptions. It waits up to 4 ms for callers that it just
 * answered, up to 10 ms while other servers write, and up to 250 ms for an actor whose requests were rejected. Each
 * request gets its own append result; the queues are bounded. After a lost connection, a request that was sent is looked up
 * before it is sent again, so it is recorded once or not at all. When that cannot be determined, the caller learns
 * that the result is unknown.
 *
 * It decides when a batch goes; `append-queues.ts` decides which requests it has, and `delivery.ts` sends it.
 */

import { levels, measured } from '../../metrics/measurements.ts'
import { inBatchSpan } from '../../tracing.ts'
import type { Write } from '../append.ts'
import { UnavailableError } from '../errors.ts'
import { AppendQueues, type Batch } from './append-queues.ts'
import { Delivery } from './delivery.ts'
import type { HeldConnection } from './held-connection.ts'
import { PendingAppend } from './pending-append.ts'

/**
 * How many batches are on their way at once, 1 or 2. With two, the database has its next batch while the
 * server answers the last one.
 */
const defaultBatches = 2

/** Time as the writer measures and waits for it. */
export interface Clock {
  /** Monotonic, in ms. */
  readonly now: () => number
  /** Calls back after `ms`. */
  readonly after: (ms: number, callback: () => void) => void
}

const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => void setTimeout(callback, ms),
}

export interface WriterOptions {
  /** For this writer alone, which ends it. */
  readonly connection: HeldConnection
  /** Called with the reason when a batch was not appended, once until one is appended again; the writer retries it. */
  readonly onTrouble: (error: unknown) => void
  /** How long (ms) a request waits for an unreachable database; 10 s by default, longer than a restart. */
  readonly patienceMs?: number
  readonly batchesOnTheirWay?: number
  readonly clock?: Clock
}

export interface Writer {
  /** Throws RejectedError, OverloadedError or UnavailableError. */
  readonly write: Write
  /** Accepts no new requests, and ends the connection when every waiting request has its result. */
  close(): Promise<void>
}

/** A writer on a connection of its own, idle until the first request. */
export function createWriter(options: WriterOptions): Writer {
  const { connection, onTrouble, patienceMs = 10_000, clock = systemClock } = options
  const { batchesOnTheirWay = defaultBatches } = options
  const queues = new AppendQueues(clock.now)
  const delivery = new Delivery({ connection, queues, onTrouble, patienceMs })
  const batches = new Batches({ queues, delivery, clock, max: batchesOnTheirWay })
  const unlevel = [
    levels.appendRequests.add(() => queues.length),
    levels.appendBytes.add(() => queues.size),
  ]
  let closed: Promise<void> | undefined
  const finish = async () => {
    await batches.done()
    for (const remove of unlevel) remove()
    connection.end()
  }
  return {
    write: (request) =>
      new Promise((accept, reject) => {
        if (closed) throw new UnavailableError('The server is stopping; nothing was recorded.')
        queues.add(new PendingAppend(request, accept, reject))
        batches.schedule()
      }),
    close: () => {
      closed ??= finish()
      return closed
    },
  }
}

interface BatchesOptions {
  readonly queues: AppendQueues
  readonly delivery: Delivery
  readonly clock: Clock
  readonly max: number
}

/** The batches on their way, `max` at most. */
class Batches {
  readonly #options: BatchesOptions
  readonly #onTheirWay = new Set<Batch>()
  #isScheduled = false
  /** When the next batch may go that is held back or cools down. */
  #wakeAt = Number.POSITIVE_INFINITY
  #onDone: (() => void) | undefined

  constructor(options: BatchesOptions) {
    this.#options = options
  }

  /**
   * Sends what can go at the end of this turn of the event loop, so that all requests of a turn share a batch. A caller
   * that is alone does not wait for the others of the turn, but only for the promises that are settled.
   */
  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const proceed = () => {
      this.#isScheduled = false
      this.#proceed()
    }
    const isAlone = this.#onTheirWay.size === 0 && this.#options.queues.isCallerAlone
    if (isAlone) process.nextTick(proceed)
    else setImmediate(proceed)
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async done(): Promise<void> {
    if (this.#isIdle()) return
    await new Promise<void>((resolve) => {
      this.#onDone = resolve
    })
  }

  #proceed(): void {
    const [first] = this.#onTheirWay
    if (first) this.#sendBeside(first)
    else if (this.#options.queues.length > 0) this.#sendFirst()
  }

  #sendFirst(): void {
    const ms = this.#options.queues.delay()
    if (ms <= 0) void this.#send(this.#options.queues.next())
    else this.#proceedAfter(ms)
  }

  #proceedAfter(ms: number): void {
    const at = this.#options.clock.now() + ms
    if (at >= this.#wakeAt) return
    this.#wakeAt = at
    this.#options.clock.after(Math.ceil(ms), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.#proceed()
    })
  }

  /** A lost connection makes two batches doubtful instead of one, so nothing goes beside a batch in trouble. */
  #sendBeside(first: Batch): void {
    if (this.#onTheirWay.size >= this.#options.max || this.#options.delivery.isTroubled) return
    const second = this.#options.queues.nextBeside(first)
    if (second) void this.#send(second)
  }

  async #send(batch: Batch): Promise<void> {
    this.#onTheirWay.add(batch)
    const sent = this.#options.clock.now()
    reportBatch(batch)
    const { requests } = batch
    await inBatchSpan(requests, (span) => this.#options.delivery.deliver(requests, span))
    this.#onTheirWay.delete(batch)
    const took = this.#options.clock.now() - sent
    this.#options.queues.reportAnswered(batch, took)
    this.#proceed()
    if (this.#isIdle()) this.#onDone?.()
  }

  #isIdle(): boolean {
    return this.#onTheirWay.size + this.#options.queues.length === 0
  }
}

function reportBatch({ requests }: Batch): void {
  if (!measured.batch.isRead) return
  const now = performance.now()
  measured.batch.report({ waits: requests.map(({ since }) => (now - since) / 1000) })
}
