/** `follow`: the events of a user as they happen, over one connection for each call, or one for all tabs of a browser. */

import type { Authentication } from './authentication.ts'
import { thisBrowser } from './browser.ts'
import { isPosition } from './positions.ts'
import { type ReconnectingOptions, readReconnecting } from './reconnecting.ts'
import { SharedStream } from './shared-stream.ts'
import type { StreamEvent } from './stream-events.ts'
import { streamName } from './stream-name.ts'

export interface FollowOptions {
  /** The last event that the caller has: the first one to be yielded follows it. From now on if absent, beginning with `ready`. */
  readonly lastId?: string | undefined
  /** Aborting it ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined
  /** Whether all tabs of a browser with this session use one connection. True if absent; Node has a connection for each. */
  readonly shared?: boolean
  /** After how long without a byte a connection counts as lost, ms. 35,000 if absent; the server sends one every 15 s. */
  readonly silenceMs?: number
  /** Called when events begin to arrive, and when the connection is lost, e.g. to show that the page is offline. */
  readonly onState?: ReconnectingOptions['onState']
}

export interface FollowDeps {
  /** Requests the stream after an id. */
  readonly open: ReconnectingOptions['open']
  readonly baseUrl: string
  readonly authentication: Authentication
}

/**
 * Yields the user's events, each once and in order, over any number of connections, until `signal` is aborted. Throws
 * EpistleError if the server refuses the stream for good, with the code `unauthenticated` when the session has ended.
 */
export async function* follow(
  { open, baseUrl, authentication }: FollowDeps,
  options: FollowOptions,
): AsyncGenerator<StreamEvent, void> {
  const { lastId, signal = new AbortController().signal, silenceMs = 35_000, onState } = options
  if (lastId !== undefined && !isPosition(lastId)) {
    throw new RangeError(`lastId must be the id of an event, a decimal number; got "${lastId}"`)
  }
  const reading: ReconnectingOptions = { open, silenceMs, onState }
  const browser = options.shared === false ? undefined : thisBrowser()
  if (!browser) return yield* readReconnecting(reading, lastId, signal)
  const name = await streamName(baseUrl, authentication)
  if (signal.aborted) return
  const stream = new SharedStream({ ...reading, browser, name, lastId })
  const close = () => stream.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    yield* stream.read()
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}
