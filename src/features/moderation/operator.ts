/** The operator who acts: a name, which the events and their headers contain. */

import type { Metadata } from '../../platform/event-store/event.ts'

export interface Operator {
  /** The name of the operator. */
  readonly actor: string
}

/** What precedes the name of an operator where the header of an event names its actor. Users have ids there. */
export const operatorPrefix = 'operator:'

/** The metadata of an operator's events. */
export function operatorMetadata(actor: string): Metadata {
  return { actor: `${operatorPrefix}${actor}` }
}
