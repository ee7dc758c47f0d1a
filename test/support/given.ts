// Tests of aggregates: given these events, when this command, then those events.
import type { Aggregate } from '../../src/platform/event-store/aggregate.ts'
import type { DomainEvent } from '../../src/platform/event-store/event.ts'

/** The state after these events, and a function that decides a command on it. */
export function given<State, Command, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  ...events: readonly Event[]
) {
  const state = events.reduce(aggregate.evolve, aggregate.initialState)
  return { state, when: (command: Command) => aggregate.decide(command, state) }
}
