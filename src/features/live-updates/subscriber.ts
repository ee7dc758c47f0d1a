/** What the hub serves: a user's open stream (`listener.ts`) or waiting request (`waiter.ts`). */

/** Why the hub ends a subscriber. */
export type End = 'session over' | 'server stops' | 'gave way' | 'log restored'

export interface Subscriber {
  readonly userId: string
  readonly sessionId: string
  /** The network that it counts for. */
  readonly client: string
  /** Whether the hub sends it new events; false while it catches up. */
  readonly isLive: boolean
  /** Whether it takes the events themselves. If not, only their arrival matters, and none is prepared for it. */
  readonly takesEvents: boolean
  /** A new event has come. `frame` is its bytes; absent if it takes none. */
  receive(position: bigint, frame?: Buffer): void
  /** Called regularly, so that the connection stays open. */
  keepOpen(): void
  /** Ends it in order. */
  end(why: End): void
}
