/**
 * A stream that outlives its connections: it resumes after the last id, on any server, with growing waits. No event is
 * lost or repeated.
 */

import { ConnectionLost, type ConnectionOptions, readStream } from './connection.ts'
import { EpistleError } from './errors.ts'
import { isAfter } from './positions.ts'
import type { StreamEvent } from './stream-events.ts'
import { pause, type Wait, waitBefore } from './waiting.ts'

export interface ReconnectingOptions extends Omit<ConnectionOptions, 'onRetry'> {
  /** Called when the first bytes of a connection arrive, and when it is lost. */
  readonly onState?: ((state: 'open' | 'closed') => void) | undefined
}

/** Yields the events after `lastId` until `signal` is aborted. Throws EpistleError when connecting again cannot help. */
export async function* readReconnecting(
  options: ReconnectingOptions,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent, void> {
  const link = new Link(options)
  let after = lastId
  while (!signal.aborted) {
    let error: unknown
    try {
      for await (const event of readStream(link.options, after, signal)) {
        if (after !== undefined && !isAfter(event.id, after)) continue
        after = event.id
        yield event
      }
    } catch (thrown) {
      error = thrown
    }
    if (signal.aborted) return
    if (error instanceof EpistleError) throw error
    await pause(link.waitAfter(error), signal).catch(() => undefined)
  }
}

/** What is remembered from one connection to the next: the failures in a row, and the wait that the server asks for. */
class Link {
  readonly options: ConnectionOptions
  readonly #onState: ReconnectingOptions['onState']
  #firstWaitMs = 1000
  #failures = 0
  #isOpen = false

  constructor({ onState, ...options }: ReconnectingOptions) {
    this.#onState = onState
    this.options = {
      ...options,
      onChunk: () => {
        if (!this.#isOpen) this.#onState?.('open')
        this.#isOpen = true
        this.#failures = 0
        options.onChunk?.()
      },
      onRetry: (ms) => {
        this.#firstWaitMs = ms
      },
    }
  }

  /** How long to wait after a connection that has ended, in order or by this error. */
  waitAfter(error: unknown): Wait {
    if (this.#isOpen) this.#onState?.('closed')
    this.#isOpen = false
    this.#failures += 1
    const retryAfterMs = error instanceof ConnectionLost ? error.retryAfterMs : undefined
    return waitBefore(this.#failures, this.#firstWaitMs, retryAfterMs)
  }
}
