/**
 * What the event store has to know of an aggregate: its two pure functions, and under which names
 * the database keeps its stream. After Jérémie Chassaing's decider: decide, evolve, initial state.
 */

import type { DomainEvent } from './event.ts'

/** The smallest unit that enforces rules: every change of its stream goes through `decide`. */
export interface Aggregate<State, Command, Event extends DomainEvent> {
  /** The view that shows a stream in the newest shapes this code knows, e.g. `user_stream_4`. */
  readonly view: string
  /** The event table, in its newest version, of each event, e.g. `user_registered_1`. */
  readonly tables: Readonly<Record<Event['type'], string>>
  readonly initialState: State
  /** Folds one event into the state. Pure; total over `Event`. */
  readonly evolve: (state: State, event: Event) => State
  /** The events a command leads to. Pure: clocks and ids are in the command. Throws a DomainError. */
  readonly decide: (command: Command, state: State) => readonly Event[]
}

/** The state of a stream after its last event; version 0 and the initial state where there is none. */
export interface Loaded<State> {
  readonly state: State
  readonly version: number
}
