/** The operator who acts: a name, which the events and their headers contain. */

export interface Operator {
  /** The name of the operator. */
  readonly actor: string
}

/** What precedes the name of an operator where the header of an event names its actor. Users have ids there. */
const prefix = 'operator:'

/** The metadata of an operator's events. */
export function operatorMetadata(actor: string): { readonly actor: string } {
  return { actor: `${prefix}${actor}` }
}

/** The name of the operator whom the header of an event names as its actor; null if it names a user or no one. */
export function operatorIn(actor: string | null): string | null {
  return actor?.startsWith(prefix) ? actor.slice(prefix.length) : null
}
