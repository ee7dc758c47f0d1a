/**
 * A lane of those who wait to be written, in the order in which they came; bounded, and given out in
 * batches in which no stream is twice.
 */

import { OverloadedError } from './errors.ts'
import type { Waiting } from './waiting.ts'

/** What a lane holds and gives at once, in commands and in characters of their JSON. */
export interface Bounds {
  readonly waiting: number
  readonly waitingSize: number
  readonly batch: number
  readonly batchSize: number
}

export class Lane {
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
