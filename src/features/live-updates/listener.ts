/**
 * One stream: a response that stays open, and how far its reader has been told.
 *
 * Promises that frames are written in position order, each once, and that a reader who does not keep
 * up costs no more than a bounded buffer: he is cut off, and comes back for the rest.
 */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Principal } from '../../platform/http/authentication.ts'
import type { Frame } from './frames.ts'

/**
 * What may wait for a reader, beyond what the kernel holds: as much as one request may send him
 * (`POST /messages/batch`, 1 MiB), and its escapes.
 */
const mostWaiting = 2 ** 21
/** How long a reader may take for a page of what he missed, ms. */
const patienceMs = 30_000
/** How long a stream that has ended may take to be read to its end, ms. */
const lingerMs = 1_000

export class Listener {
  readonly userId: string
  readonly sessionId: string
  /** Whether he is told what happens, and no longer what happened. */
  isLive = false
  /** Whether he was cut off because he did not read. */
  wasSlow = false
  /** Up to where he has been told everything. */
  position: bigint
  readonly #out: ServerResponse

  /** Who follows from a position on, over a response whose head was written. */
  constructor({ userId, sessionId }: Principal, position: bigint, out: ServerResponse) {
    this.userId = userId
    this.sessionId = sessionId
    this.position = position
    this.#out = out
  }

  get isOver(): boolean {
    return this.#out.writableEnded || this.#out.destroyed
  }

  /** Sends a frame, unless he was told of it. */
  tell({ position, bytes }: Frame): void {
    if (position <= this.position) return
    this.position = position
    this.write(bytes)
  }

  write(bytes: Buffer): void {
    if (this.isOver) return
    this.#out.write(bytes)
    if (this.isLive && this.#out.writableLength > mostWaiting) this.#cutOff()
  }

  /** Resolves when what was written is on its way; a reader who takes too long for it is cut off. */
  async drained(): Promise<void> {
    if (this.isOver || !this.#out.writableNeedDrain) return
    const gone = new AbortController()
    const leave = () => gone.abort()
    this.#out.once('close', leave)
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(patienceMs)])
    await once(this.#out, 'drain', { signal }).catch(() => this.#cutOff())
    this.#out.off('close', leave)
  }

  /** Ends the stream: what was written is still read, by whoever reads. */
  end(): void {
    if (this.isOver) return
    const linger = setTimeout(() => this.#out.destroy(), lingerMs)
    this.#out.once('close', () => clearTimeout(linger))
    this.#out.end()
  }

  #cutOff(): void {
    this.wasSlow = !this.#out.destroyed
    this.#out.destroy()
  }
}
