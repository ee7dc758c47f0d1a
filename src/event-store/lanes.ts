/**
 * Who waits to be written, and who goes next: two lanes, so that nobody pays for the refusals of
 * another.
 *
 * A refused command makes its batch dear: the database tries halves of halves until it has found it.
 * So actors who were refused within the last minute travel apart, few at a time, and get no more of
 * the writer's time than everybody else together. Both lanes are bounded.
 */

import { OverloadedError } from './errors.ts'
import type { Waiting } from './waiting.ts'

/** What a lane holds and gives at once, in commands and in characters of their JSON. */
interface Bounds {
  readonly waiting: number
  readonly waitingSize: number
  readonly batch: number
  readonly batchSize: number
}

/**
 * Of the first lane: at 10,000 commands a second the last of 2,000 waits a fifth of one; past 256 in
 * a batch a command costs hardly less. Of the lane of suspects: eight that are all refused take
 * fifteen tries, about as long as a large batch of good ones.
 */
const trustedBounds = { waiting: 2_000, waitingSize: 2 ** 25, batch: 256, batchSize: 2 ** 20 }
const suspectBounds = { waiting: 250, waitingSize: 2 ** 22, batch: 8, batchSize: 2 ** 18 }

const suspicionMs = 60_000
/** Actors remembered; the oldest is forgotten first. */
const suspectsKept = 10_000

export class Lanes {
  readonly #trusted = new Lane(trustedBounds)
  readonly #suspects = new Lane(suspectBounds)
  /** Until when each is suspected, oldest first. */
  readonly #suspected = new Map<string, number>()
  /** Time of the writer, ms, that suspects took and the others have not had since. */
  #owed = 0

  get length(): number {
    return this.#trusted.length + this.#suspects.length
  }

  /** Throws OverloadedError when too many are waiting. */
  add(waiting: Waiting): void {
    const until = this.#suspected.get(waiting.command.actor) ?? 0
    if (until > waiting.since) this.#suspects.add(waiting)
    else this.#trusted.add(waiting)
  }

  /** Whoever goes next; `charge` says afterwards how long it took. */
  next(): { batch: Waiting[]; charge: (ms: number) => void } {
    const suspectsTurn = this.#trusted.length === 0 || this.#owed <= 0
    if (this.#suspects.length > 0 && suspectsTurn) {
      const charge = (ms: number) => {
        this.#owed = ms
      }
      return { batch: this.#suspects.take(), charge }
    }
    const charge = (ms: number) => {
      this.#owed -= ms
    }
    return { batch: this.#trusted.take(), charge }
  }

  /** Takes out whoever came before a moment. */
  takeOlder(than: number): Waiting[] {
    return [...this.#trusted.takeOlder(than), ...this.#suspects.takeOlder(than)]
  }

  /** Of whom a command was refused travels with the suspects for a minute. */
  suspect(actor: string, now: number): void {
    this.#suspected.delete(actor)
    this.#suspected.set(actor, now + suspicionMs)
    if (this.#suspected.size > suspectsKept) {
      this.#suspected.delete(this.#suspected.keys().next().value as string)
    }
  }
}

class Lane {
  readonly #bounds: Bounds
  #entries: Waiting[] = []
  #size = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get length(): number {
    return this.#entries.length
  }

  add(waiting: Waiting): void {
    const { waiting: most, waitingSize } = this.#bounds
    if (this.length >= most || (this.length > 0 && this.#size >= waitingSize)) {
      throw new OverloadedError(this.length)
    }
    this.#entries.push(waiting)
    this.#size += waiting.command.json.length
  }

  /** The next batch. A stream is in it once, for of two one would refuse the other. */
  take(): Waiting[] {
    const { batch: most, batchSize } = this.#bounds
    const streams = new Set<string>()
    const taken: Waiting[] = []
    const left: Waiting[] = []
    let size = 0
    for (const entry of this.#entries) {
      const { command } = entry
      const fits = taken.length < most && (size === 0 || size + command.json.length <= batchSize)
      if (fits && !command.streams.some((stream) => streams.has(stream))) {
        for (const stream of command.streams) streams.add(stream)
        size += command.json.length
        taken.push(entry)
      } else left.push(entry)
    }
    this.#entries = left
    this.#size -= size
    return taken
  }

  takeOlder(than: number): Waiting[] {
    const older = this.#entries.filter(({ since }) => since < than)
    if (older.length > 0) this.#entries = this.#entries.filter(({ since }) => since >= than)
    for (const { command } of older) this.#size -= command.json.length
    return older
  }
}
