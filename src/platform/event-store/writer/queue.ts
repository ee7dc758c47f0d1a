/**
 * A queue of those who wait to be written, in the order in which they came; bounded, and given out in
 * batches in which no stream is twice. Where actors take turns, none can keep another out of it.
 */

import { OverloadedError } from '../errors.ts'
import type { PendingAppend } from './pending-append.ts'

/** What a queue holds and gives at once, by number and in characters of the commands' JSON. */
export interface Bounds {
  /** Commands that may wait. */
  readonly waiting: number
  readonly waitingSize: number
  /** Events in a batch, of one command or of several; a command that is larger goes alone. */
  readonly batch: number
  readonly batchSize: number
  /**
   * Its actors take turns: the first command of each goes before the second of any. When it is full,
   * the last of whoever fills most of it gives way to somebody who has less.
   */
  readonly byTurns?: boolean
}

/** What waits in one queue. Who may enter, and when it is given out, is for the queues to say. */
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

  /** Throws OverloadedError when it is full, or has another refused for that. */
  add(waiting: PendingAppend): void {
    while (this.#isFull()) this.#makeRoom(waiting)
    this.#entries.push(waiting)
    this.#size += waiting.request.json.length
  }

  /** The next batch. A stream is in it once, for of two one would refuse the other. */
  take(): PendingAppend[] {
    const { batch: most, batchSize, byTurns } = this.#bounds
    const streams = new Set<string>()
    const taken: PendingAppend[] = []
    const left: PendingAppend[] = []
    let [events, size] = [0, 0]
    for (const entry of byTurns ? inTurns(this.#entries) : this.#entries) {
      const { request } = entry
      const fits = events + request.events <= most && size + request.json.length <= batchSize
      if ((fits || taken.length === 0) && !request.streams.some((stream) => streams.has(stream))) {
        for (const stream of request.streams) streams.add(stream)
        events += request.events
        size += request.json.length
        taken.push(entry)
      } else left.push(entry)
    }
    this.#entries = left
    this.#size -= size
    return taken
  }

  /** Takes out whoever came before a moment, as `since` has it. */
  takeOlder(than: number): PendingAppend[] {
    const older = this.#entries.filter(({ since }) => since < than)
    if (older.length > 0) this.#entries = this.#entries.filter(({ since }) => since >= than)
    for (const { request } of older) this.#size -= request.json.length
    return older
  }

  #isFull(): boolean {
    const { waiting, waitingSize } = this.#bounds
    return this.length >= waiting || (this.length > 0 && this.#size >= waitingSize)
  }

  #makeRoom(newcomer: PendingAppend): void {
    const overloaded = new OverloadedError(this.length)
    const last = this.#bounds.byTurns && this.#lastOfMost(newcomer)
    if (!last) throw overloaded
    this.#entries = this.#entries.filter((entry) => entry !== last)
    this.#size -= last.request.json.length
    last.refuse(overloaded)
  }

  /** The last command of whoever fills most of the queue, if that is more than the newcomer would. */
  #lastOfMost(newcomer: PendingAppend): PendingAppend | undefined {
    const shares = new Map<string, number>()
    for (const entry of [...this.#entries, newcomer]) {
      const { actor } = entry.request
      shares.set(actor, (shares.get(actor) ?? 0) + this.#shareOf(entry))
    }
    const most = Math.max(...shares.values())
    if (shares.get(newcomer.request.actor) === most) return undefined
    return this.#entries.findLast(({ request }) => shares.get(request.actor) === most)
  }

  #shareOf({ request }: PendingAppend): number {
    return 1 / this.#bounds.waiting + request.json.length / this.#bounds.waitingSize
  }
}

/** First the first of each actor, then the second of each; otherwise as they came. */
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
