/**
 * What the event store needs of an aggregate: its pure functions, and the names of its view and tables in
 * the database. After Jérémie Chassaing's decider: decide, evolve, initial state.
 */

import type { DomainEvent, ShownEvent } from './event.ts'

/** The smallest unit that enforces rules: every change of its stream goes through `decide`. */
export interface Aggregate<State, Command, Event extends DomainEvent> {
  /** The view that shows a stream in the newest shapes of this code, e.g. `user_stream_4`. */
  readonly view: string
  /** The newest event table of each event, e.g. `user_registered_1`. */
  readonly tables: Readonly<Record<Event['type'], string>>
  readonly initialState: State
  /** Applies one event to the state. Pure, and total over `Event`. */
  readonly evolve: (state: State, event: Event) => State
  /** The events that a command causes. Pure: the command contains times and ids. Throws RejectedError. */
  readonly decide: (command: Command, state: State) => readonly Event[]
}

/** The state of a stream after its last event. A stream without events has version 0. */
export interface Loaded<State> {
  readonly state: State
  readonly version: number
  /** The last event; absent without one. */
  readonly last?: ShownEvent
}
