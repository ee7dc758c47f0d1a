/**
 * One open stream: a response, and the position up to which its client has received everything.
 *
 * Promises that frames are written in position order, each once. A slow client costs no more than a
 * bounded buffer: it is disconnected, and can reconnect for the rest. What the kernel has not taken is reported,
 * so that all streams of a user or client share a bound (`platform/http/held-bytes.ts`).
 */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Principal } from '../../platform/http/principal.ts'
import { gaveWay, heartbeat } from './frames.ts'
import type { End, Subscriber } from './subscriber.ts'

/**
 * How many bytes may be buffered for a client, in addition to the kernel's buffer: the largest request to
 * one recipient (`POST /messages/batch`, 1 MiB), doubled for JSON escapes.
 */
const maxBufferedBytes = 2 ** 21
/** How long a client may take to read one page of a catch-up, ms. */
const drainTimeoutMs = 30_000
/** How long a client may take to read the end of a stream that was ended, ms. */
const endTimeoutMs = 1_000

export interface ListenerOptions {
  readonly principal: Principal
  /** The network that the stream counts for. */
  readonly client: string
  /** The position after which the stream starts. */
  readonly position: bigint
  readonly out: ServerResponse
  /** Called with the number of bytes that the kernel has not taken. */
  readonly hold: (bytes: number) => void
}

export class Listener implements Subscriber {
  readonly takesEvents = true
  readonly client: string
  readonly userId: string
  readonly sessionId: string
  /** Whether the hub sends it new events; false while it catches up. */
  isLive = false
  /** Whether it was disconnected because its client did not read fast enough. */
  wasSlow = false
  /** Why the server ended it; undefined while it is open, and where the client left. */
  endedBy: End | undefined
  /** The position up to which every event was sent. */
  position: bigint
  readonly #out: ServerResponse
  readonly #hold: (bytes: number) => void
  #isReporting = false

  /** Writes nothing before the first `write`, to which the head of the response must be written. */
  constructor({ principal, client, position, out, hold }: ListenerOptions) {
    this.client = client
    this.userId = principal.userId
    this.sessionId = principal.sessionId
    this.position = position
    this.#out = out
    this.#hold = hold
  }

  get isOver(): boolean {
    return this.#out.writableEnded || this.#out.destroyed
  }

  /** Sends a frame, unless it was sent before. */
  receive(position: bigint, frame: Buffer): void {
    if (position <= this.position) return
    this.position = position
    this.write(frame)
  }

  keepOpen(): void {
    this.write(heartbeat)
  }

  write(bytes: Buffer): void {
    if (this.isOver) return
    this.#out.write(bytes, () => this.#report())
    if (this.isLive && this.#out.writableLength > maxBufferedBytes) this.#disconnectSlow()
    else this.#reportSoon()
  }

  /** Reports once the kernel was offered all that is written in this turn of the event loop. */
  #reportSoon(): void {
    if (this.#isReporting) return
    this.#isReporting = true
    setImmediate(() => {
      this.#isReporting = false
      this.#report()
    })
  }

  #report(): void {
    this.#hold(this.#out.destroyed ? 0 : this.#out.writableLength)
  }

  /** Resolves when the buffer has drained. A client that takes too long is disconnected. */
  async drained(): Promise<void> {
    if (this.isOver || !this.#out.writableNeedDrain) return
    const closed = new AbortController()
    const abort = () => closed.abort()
    this.#out.once('close', abort)
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(drainTimeoutMs)])
    await once(this.#out, 'drain', { signal }).catch(() => this.#disconnectSlow())
    this.#out.off('close', abort)
  }

  /** Ends the stream. A client that keeps reading still gets what was written, and why its stream gives way. */
  end(why?: End): void {
    if (this.isOver) return
    this.endedBy = why
    const timeout = setTimeout(() => this.#disconnectSlow(), endTimeoutMs)
    this.#out.once('close', () => clearTimeout(timeout))
    this.#out.end(why === 'gave way' ? gaveWay : undefined)
  }

  #disconnectSlow(): void {
    this.wasSlow = !this.#out.destroyed
    this.#out.destroy()
  }
}
