/** `follow`: the events of a user as they happen, by a connection of its own or shared between the tabs of a browser. */

import type { ConnectionOptions } from './connection.ts'
import { isPosition } from './positions.ts'
import { type ReconnectingOptions, readReconnecting } from './reconnecting.ts'
import type { StreamEvent } from './stream-events.ts'

export interface FollowOptions {
  /** The events after this id are handed on. From now on if absent, beginning with `ready`. */
  readonly lastId?: string | undefined
  /** Aborting it ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined
  /** After how long without a byte a connection counts as lost, ms. 35,000 if absent; the server sends one every 15 s. */
  readonly silenceMs?: number
  /** Called when events begin to arrive, and when the connection is lost, e.g. to show that the page is offline. */
  readonly onState?: ReconnectingOptions['onState']
}

/**
 * Yields the user's events, each once and in order, over any number of connections, until `signal` is aborted. Throws
 * EpistleError if the server refuses the stream for good, with the code `unauthenticated` when the session has ended.
 */
export async function* follow(
  open: ConnectionOptions['open'],
  options: FollowOptions,
): AsyncGenerator<StreamEvent, void> {
  const { lastId, signal = new AbortController().signal, silenceMs = 35_000, onState } = options
  if (lastId !== undefined && !isPosition(lastId)) {
    throw new RangeError(`lastId must be the id of an event, a decimal number; got "${lastId}"`)
  }
  yield* readReconnecting({ open, silenceMs, onState }, lastId, signal)
}
