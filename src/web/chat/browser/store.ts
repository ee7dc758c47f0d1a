/** The one place that holds the state. Listeners run once after any number of changes in one task. */

import { type Action, initial, reduce, type State } from './state.ts'

export interface Store {
  get(): State
  dispatch(action: Action): void
  /** `dispatch` of a `set`. */
  set(values: Partial<State>): void
  subscribe(listener: () => void): void
}

export function createStore(): Store {
  let state = initial
  let isScheduled = false
  const listeners: (() => void)[] = []
  const notify = () => {
    isScheduled = false
    for (const listener of listeners) listener()
  }
  const dispatch = (action: Action) => {
    state = reduce(state, action)
    if (!isScheduled) queueMicrotask(notify)
    isScheduled = true
  }
  return {
    get: () => state,
    dispatch,
    set: (values) => dispatch({ type: 'set', values }),
    subscribe: (listener) => listeners.push(listener),
  }
}
