/**
 * A fair queue: limits how much work runs at once and how much waits. Keys, such as clients or users, take
 * turns, so a key with a hundred waiting requests delays another key by one turn and not by a hundred.
 *
 * Work beyond the bounds is rejected immediately: a full queue answers in a millisecond what an overloaded
 * machine answers in a minute. When the queue is full, the key with the most waiting work loses the newest of
 * it to a key with less.
 */

import { ClientGoneError, OverloadedError, TooManyWaitingError } from './overloaded-error.ts'

export interface Bounds {
  /** How many run at once. */
  readonly concurrency: number
  /** How many more can wait. */
  readonly maxWaiting: number
}

export interface FairBounds extends Bounds {
  /** The bounds of each key; without them, one key may use all. `limit` names them in responses. */
  readonly perKey?: Bounds & { readonly limit: string }
}

/** The turn that work takes. */
export interface Turn {
  /** The client or user that the work is done for. */
  readonly key: string
  /** Aborts when the result has no recipient any more. Waiting work then leaves the queue. */
  readonly gone?: AbortSignal | undefined
}

export interface FairQueue {
  /**
   * Runs the work now, or in the turns of its key. Rejects with OverloadedError when the queue is full, with
   * TooManyWaitingError when the key has too much waiting, and with ClientGoneError.
   */
  <Result>(turn: Turn, work: () => Promise<Result>): Promise<Result>
  /** Whether new work would have to wait, whatever its key. */
  readonly isBusy: () => boolean
}

interface Waiting {
  readonly start: () => void
  readonly reject: (error: Error) => void
}

/** The work of one key. */
interface Line {
  running: number
  readonly waiting: Waiting[]
}

/** An empty queue with these bounds. Work of one key starts in the order of arrival. */
export function createFairQueue(bounds: FairBounds): FairQueue {
  const lines = new Lines(bounds)

  async function run<Result>({ key, gone }: Turn, work: () => Promise<Result>): Promise<Result> {
    if (gone?.aborted) throw new ClientGoneError()
    if (lines.canStart(key)) lines.start(key)
    else await lines.wait(key, gone)
    try {
      return await work()
    } finally {
      lines.end(key)
    }
  }

  return Object.assign(run, { isBusy: () => lines.areBusy })
}

const unbounded = {
  limit: '',
  concurrency: Number.POSITIVE_INFINITY,
  maxWaiting: Number.POSITIVE_INFINITY,
}

/** The lines of all keys that have work, in the order of their next turns. */
class Lines {
  readonly #bounds: Required<FairBounds>
  readonly #lines = new Map<string, Line>()
  #running = 0
  #waiting = 0

  constructor(bounds: FairBounds) {
    this.#bounds = { perKey: unbounded, ...bounds }
  }

  get areBusy(): boolean {
    return this.#running >= this.#bounds.concurrency
  }

  canStart(key: string): boolean {
    return !this.areBusy && this.#mayRun(this.#lineOf(key))
  }

  /** Counts work of the key as running. The key's next turn comes after those of all others. */
  start(key: string): void {
    const line = this.#lineOf(key)
    this.#lines.delete(key)
    this.#lines.set(key, line)
    line.running += 1
    this.#running += 1
  }

  /** Resolves when it is the key's turn and the work was counted as running. */
  wait(key: string, gone?: AbortSignal): Promise<void> {
    const line = this.#lineOf(key)
    const { maxWaiting, perKey } = this.#bounds
    const isLineFull = line.waiting.length >= perKey.maxWaiting
    const isFull = this.#waiting >= maxWaiting
    if (isFull && (isLineFull || !this.#takeFromLongest(line))) {
      throw new OverloadedError(this.#waiting)
    }
    if (isLineFull) {
      throw new TooManyWaitingError(perKey.limit, perKey.concurrency + perKey.maxWaiting)
    }
    this.#lines.set(key, line)
    this.#waiting += 1
    return new Promise((resolve, reject) => {
      const settled = () => {
        gone?.removeEventListener('abort', leave)
        this.#waiting -= 1
      }
      const entry: Waiting = {
        start: () => {
          settled()
          resolve()
        },
        reject: (error) => {
          settled()
          reject(error)
        },
      }
      const leave = () => {
        line.waiting.splice(line.waiting.indexOf(entry), 1)
        this.#forgetIfIdle(key, line)
        entry.reject(new ClientGoneError())
      }
      gone?.addEventListener('abort', leave)
      line.waiting.push(entry)
    })
  }

  /** Work of the key ended. Its place goes straight to waiting work, so no newcomer overtakes. */
  end(key: string): void {
    const line = this.#lineOf(key)
    line.running -= 1
    this.#running -= 1
    this.#forgetIfIdle(key, line)
    for (const [next, { waiting }] of this.#lines) {
      if (waiting.length === 0 || !this.canStart(next)) continue
      this.start(next)
      waiting.shift()?.start()
      return
    }
  }

  /** Rejects the newest work of the longest line, unless the given line would then be as long. */
  #takeFromLongest({ waiting: { length } }: Line): boolean {
    let longest: Waiting[] | undefined
    for (const { waiting } of this.#lines.values()) {
      if (waiting.length > (longest?.length ?? length + 1)) longest = waiting
    }
    const last = longest?.pop()
    if (!last) return false
    last.reject(new OverloadedError(this.#waiting))
    return true
  }

  #mayRun({ running }: Line): boolean {
    return running < this.#bounds.perKey.concurrency
  }

  #lineOf(key: string): Line {
    return this.#lines.get(key) ?? { running: 0, waiting: [] }
  }

  #forgetIfIdle(key: string, { running, waiting }: Line): void {
    if (running === 0 && waiting.length === 0) this.#lines.delete(key)
  }
}
