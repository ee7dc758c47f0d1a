/**
 * A bounded queue of pending appends, in the order of arrival. It hands them out in batches, and no batch
 * contains a stream twice. When actors take turns, no actor can keep another out of the queue.
 */

import { OverloadedError } from '../../overloaded-error.ts'
import type { PendingAppend } from './pending-append.ts'

/** The limits of a queue and of its batches, in requests or events and in bytes of JSON. */
export interface Bounds {
  /** How many requests can wait. */
  readonly waiting: number
  readonly waitingSize: number
  /** How many events a batch contains; a larger request forms a batch alone. */
  readonly batch: number
  readonly batchSize: number
  /**
   * Whether actors take turns: the first request of each goes before the second of any. When the queue is
   * full, the last request of the actor that fills most of it gives way to an actor that fills less.
   */
  readonly byTurns?: boolean
}

/** One queue. `AppendQueues` decides which requests enter it, and when it is served. */
export class Queue {
  readonly #bounds: Bounds
  #entries: PendingAppend[] = []
  #size = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get length(): number {
    return this.#entries.length
  }

  /** In bytes of JSON, about. */
  get size(): number {
    return this.#size
  }

  /** Throws OverloadedError when the queue is full and no other request gives way. */
  add(pending: PendingAppend): void {
    while (this.#isFull()) this.#makeRoom(pending)
    this.#entries.push(pending)
    this.#size += pending.request.size
  }

  /**
   * The next batch. It has each stream once, and none of those that are in use, because one of two requests
   * would fail the other.
   */
  take(inUse: readonly string[] = []): PendingAppend[] {
    const { batch: maxEvents, batchSize, byTurns } = this.#bounds
    const streams = new Set<string>(inUse)
    const taken: PendingAppend[] = []
    const left: PendingAppend[] = []
    let [events, size] = [0, 0]
    for (const entry of byTurns ? inTurns(this.#entries) : this.#entries) {
      const { request } = entry
      const fits = events + request.events <= maxEvents && size + request.size <= batchSize
      if ((fits || taken.length === 0) && !request.streams.some((stream) => streams.has(stream))) {
        for (const stream of request.streams) streams.add(stream)
        events += request.events
        size += request.size
        taken.push(entry)
      } else left.push(entry)
    }
    this.#entries = left
    this.#size -= size
    return taken
  }

  /** Removes and returns the requests whose `since` is earlier. */
  takeOlder(than: number): PendingAppend[] {
    const older = this.#entries.filter(({ since }) => since < than)
    if (older.length > 0) this.#entries = this.#entries.filter(({ since }) => since >= than)
    for (const { request } of older) this.#size -= request.size
    return older
  }

  #isFull(): boolean {
    const { waiting, waitingSize } = this.#bounds
    return this.length >= waiting || (this.length > 0 && this.#size >= waitingSize)
  }

  #makeRoom(newcomer: PendingAppend): void {
    const overloaded = new OverloadedError(this.length)
    const last = this.#bounds.byTurns && this.#lastOfLargestActor(newcomer)
    if (!last) throw overloaded
    this.#entries = this.#entries.filter((entry) => entry !== last)
    this.#size -= last.request.size
    last.reject(overloaded)
  }

  /** The last request of the actor that fills most of the queue; undefined when that is the newcomer's. */
  #lastOfLargestActor(newcomer: PendingAppend): PendingAppend | undefined {
    const shares = new Map<string, number>()
    for (const entry of [...this.#entries, newcomer]) {
      const { actor } = entry.request
      shares.set(actor, (shares.get(actor) ?? 0) + this.#shareOf(entry))
    }
    const largest = Math.max(...shares.values())
    if (shares.get(newcomer.request.actor) === largest) return undefined
    return this.#entries.findLast(({ request }) => shares.get(request.actor) === largest)
  }

  #shareOf({ request }: PendingAppend): number {
    return 1 / this.#bounds.waiting + request.size / this.#bounds.waitingSize
  }
}

/** The first request of each actor, then the second of each; within a turn in the order of arrival. */
function inTurns(entries: readonly PendingAppend[]): PendingAppend[] {
  const before = new Map<string, number>()
  const turns = entries.map((entry) => {
    const { actor } = entry.request
    const turn = before.get(actor) ?? 0
    before.set(actor, turn + 1)
    return { entry, turn }
  })
  return turns.sort((a, b) => a.turn - b.turn).map(({ entry }) => entry)
}
