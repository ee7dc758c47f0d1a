/**
 * The two queues of the writer, which keep the cost of one actor's rejections away from other actors.
 *
 * A rejected request makes its batch costly: the database bisects the batch until it has found the request.
 * Actors with a rejection within the last minute are therefore penalized: their requests go into a penalty
 * box, from which the writer takes small batches and then cools down. Both queues are bounded. Penalized
 * actors take turns, because they can be one attacker and many users who mistyped a name once.
 *
 * They also hold batches back while other servers write or while callers that were just answered are about to send
 * again, and decide whether a batch may go beside another.
 */

import type { PendingAppend } from './pending-append.ts'
import { Queue } from './queue.ts'

/**
 * At 10,000 requests a second, the last of 2,000 waits a fifth of a second. Beyond 256 events in a batch,
 * the cost of an event hardly falls. A batch of 3,400, many of them rejected, held the append lock for 2.5 s.
 */
const trustedBounds = { waiting: 2_000, waitingSize: 2 ** 25, batch: 256, batchSize: 2 ** 20 }
/**
 * Four events that are all rejected take seven calls of the database, about as long as a batch of thirty
 * accepted ones. A request that will be accepted can have to wait that long.
 */
const penaltyBounds = {
  waiting: 250,
  waitingSize: 2 ** 22,
  batch: 4,
  batchSize: 2 ** 18,
  byTurns: true,
}

const penaltyMs = 60_000
/** Beyond this many penalized actors, the oldest penalty is dropped. */
const maxPenalized = 10_000

/**
 * The cool-down after a penalized batch, as a multiple of the time that the batch took. Penalized actors
 * thus get a third of the writer's time and other actors two thirds, even while no other actor waits: those
 * that were just answered might be about to send again.
 */
const cooldownFactor = 2
/**
 * A batch that takes longer than its requests explain has met something else, for example a restart of the
 * database. A batch of a hundred messages, one of them rejected, takes up to 100 ms on a busy machine.
 */
const maxCooldownMs = 250

/**
 * Appends of other servers take turns with ours, each with a round trip and a flush of its own. A batch that is
 * held back for as long as the last ones waited for the append lock loses no turn, and takes more requests along.
 * An append can find the lock free by chance, so the average of the last few counts.
 */
const averagedWaits = 4
/** The longest time (ms) for which a batch is held back: a long wait can have had another reason. */
const maxHoldBackMs = 10
/** A shorter average (ms) counts as none: taking a free lock takes time, too. */
const minLockWaitMs = 0.3

/**
 * Callers that were just answered often send their next request at once. An append has a fixed cost, so the next batch
 * waits for as many requests as were answered, besides those that wait already. It does so for this many together at
 * most: answering more takes so long that the database would be idle meanwhile.
 */
const maxAwaited = 10
/** A batch waits for them no longer than the one before took, and no longer than this (ms). */
const maxAwaitMs = 4
/**
 * How many batches do not wait after two in a row whose callers did not come back in time. Where callers seldom do, one
 * request of a hundred meets such a wait.
 */
const batchesAfterFailedWaits = 200

/** After so many batches of one request in a row, a caller is alone. Of several callers, one batch can be that small. */
const batchesOfOne = 8

/** The minimum of a second batch, which also has half as many requests as the first: an append has a fixed cost. */
const minBeside = 8

/** Requests that are sent together. */
export interface Batch {
  readonly requests: readonly PendingAppend[]
  readonly isPenalized: boolean
}

/** Both queues, and which actors are penalized. */
export class AppendQueues {
  readonly #trusted = new Queue(trustedBounds)
  readonly #penaltyBox = new Queue(penaltyBounds)
  /** When the penalty of each actor ends, oldest first. */
  readonly #penalizedUntil = new Map<string, number>()
  readonly #now: () => number
  #cooldownUntil = 0
  #heldBackUntil = 0
  /** A moving average, in ms. */
  #lockWait = 0
  /** How many requests the next batch waits for, and until when; 0 for none. */
  #awaited = 0
  #awaitedUntil = 0
  /** How many batches in a row had one request, and no other waited when it was answered. */
  #loneBatches = 0
  /** How many batches in a row waited, and their callers did not come back in time. */
  #failedWaits = 0
  /** How many of the next batches do not wait. */
  #batchesWithoutWait = 0

  /** `now` is a monotonic clock in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  get length(): number {
    return this.#trusted.length + this.#penaltyBox.length
  }

  /** Whether requests arrive one after another, so that the next one has no others to wait for. */
  get isCallerAlone(): boolean {
    return this.#loneBatches >= batchesOfOne
  }

  /** In bytes of JSON, about. */
  get size(): number {
    return this.#trusted.size + this.#penaltyBox.size
  }

  /** Throws OverloadedError when the queue is full, unless a penalized actor with more requests gives way. */
  add(pending: PendingAppend): void {
    const until = this.#penalizedUntil.get(pending.request.actor) ?? 0
    if (until > this.#now()) this.#penaltyBox.add(pending)
    else this.#trusted.add(pending)
  }

  /**
   * How long (ms) to wait before the next batch goes, while none is on its way: for a hold-back, for the callers that
   * were just answered, or for a cool-down when only penalized requests wait. Not positive when it can go now.
   */
  delay(): number {
    const awaitsMore = this.#trusted.length < this.#awaited
    const goesAt = Math.max(this.#heldBackUntil, awaitsMore ? this.#awaitedUntil : 0)
    const holdBack = goesAt - this.#now()
    return this.#trusted.length > 0 ? holdBack : Math.max(holdBack, this.#cooldown())
  }

  /** The next batch, while none is on its way. */
  next(): Batch {
    // A caller that is alone never makes a batch wait, so it does not count.
    if (this.#awaited > 1) this.#reportWait(this.#trusted.length >= this.#awaited)
    this.#awaited = 0
    if (this.#penaltyBox.length === 0 || (this.#trusted.length > 0 && this.#cooldown() > 0)) {
      return { requests: this.#trusted.take(), isPenalized: false }
    }
    return { requests: this.#penaltyBox.take(), isPenalized: true }
  }

  /**
   * A batch that goes while another one is on its way, without its streams. There is none when few requests
   * wait, while other servers write (more requests will join), or when it is the penalty box's turn.
   */
  nextBeside(first: Batch): Batch | undefined {
    const isPenaltyDue = this.#penaltyBox.length > 0 && this.#cooldown() <= 0
    if (first.isPenalized || isPenaltyDue || this.#othersWrite()) return undefined
    if (this.#trusted.length < Math.max(minBeside, first.requests.length / 2)) return undefined
    const requests = this.#trusted.take(first.requests.flatMap(({ request }) => request.streams))
    return requests.length > 0 ? { requests, isPenalized: false } : undefined
  }

  /** Holds the next batch back after an append that waited so long (ms) for the append lock, if others did, too. */
  reportLockWait(ms: number): void {
    this.#lockWait += (Math.min(ms, maxHoldBackMs) - this.#lockWait) / averagedWaits
    this.#heldBackUntil = this.#now() + (this.#othersWrite() ? this.#lockWait : 0)
  }

  /**
   * The callers of a batch were answered; it took `ms`. The next one waits for as many, if they are few and the last
   * ones came back in time. Penalized requests cool down.
   */
  reportAnswered({ requests, isPenalized }: Batch, ms: number): void {
    const awaited = this.#trusted.length + requests.length
    this.#loneBatches = awaited === 1 ? this.#loneBatches + 1 : 0
    if (isPenalized) {
      this.#cooldownUntil = this.#now() + Math.min(cooldownFactor * ms, maxCooldownMs)
    }
    if (isPenalized || awaited > maxAwaited) return
    if (this.#batchesWithoutWait > 0) this.#batchesWithoutWait -= 1
    else {
      this.#awaited = awaited
      this.#awaitedUntil = this.#now() + Math.min(ms, maxAwaitMs)
    }
  }

  #reportWait(allCameBack: boolean): void {
    this.#failedWaits = allCameBack ? 0 : this.#failedWaits + 1
    if (this.#failedWaits < 2) return
    this.#failedWaits = 0
    this.#batchesWithoutWait = batchesAfterFailedWaits
  }

  #othersWrite(): boolean {
    return this.#lockWait >= minLockWaitMs
  }

  /** Removes and returns the requests that arrived before a moment. */
  takeOlder(than: number): PendingAppend[] {
    return [...this.#trusted.takeOlder(than), ...this.#penaltyBox.takeOlder(than)]
  }

  /** Sends the later requests of an actor to the penalty box, for a minute from now. */
  penalize(actor: string): void {
    this.#penalizedUntil.delete(actor)
    this.#penalizedUntil.set(actor, this.#now() + penaltyMs)
    if (this.#penalizedUntil.size > maxPenalized) {
      this.#penalizedUntil.delete(this.#penalizedUntil.keys().next().value as string)
    }
  }

  /** How long (ms) the cool-down still lasts; not positive when it is over. */
  #cooldown(): number {
    return this.#cooldownUntil - this.#now()
  }
}
