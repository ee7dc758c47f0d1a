/**
 * The words of the log: an event as the domain states it, and as the log recorded it.
 *
 * A domain event carries the business's word and its data in camelCase. Which table keeps it, and
 * in which version, is the aggregate's knowledge (`aggregate.ts`); positions are decimal strings,
 * because they are 64 bits wide and only ever compared, never calculated with.
 */

/** A fact in the domain's words, e.g. `{ type: 'PasswordChanged', data: { … } }`. */
export interface DomainEvent {
  readonly type: string
  readonly data: object
}

/** Who caused an event, and through which request: kept in the header, never interpreted. */
export interface Metadata {
  readonly actor?: string
  readonly requestId?: string
  readonly traceId?: string
  readonly causationId?: string
}

/** Where the log put an event: its position (decimal) and the moment it was recorded. */
export interface Recorded {
  readonly position: string
  readonly recordedAt: Date
}

/** Beyond every position: where a list begins that is read from the newest on. */
export const beyondLastPosition = '9223372036854775807'

/** A stream and the version it must have: 0 for one that does not exist yet. */
export interface Expectation {
  readonly streamId: string
  readonly version: number
}
