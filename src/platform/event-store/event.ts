/**
 * The types of the log: an event as the domain states it, and as the log recorded it.
 *
 * A domain event has a name from the business and data in camelCase. The aggregate maps it to an event table
 * (`aggregate.ts`). Positions are decimal strings, because they are 64 bits wide and are only compared.
 */

import type { Answers } from './questions.ts'

/** A fact in the domain's words, e.g. `{ type: 'PasswordChanged', data: { … } }`. */
export interface DomainEvent {
  readonly type: string
  readonly data: object
}

/**
 * The cause of an event, which is stored in its header and never interpreted; and the session of the command,
 * which is not stored: every append of the command expects it to be active.
 */
export interface Metadata {
  readonly session?: KeyExpectation
  readonly actor?: string
  readonly requestId?: string
  readonly traceId?: string
  /** The span that recorded the event, in the format of the header; absent without an SDK of OpenTelemetry. */
  readonly traceparent?: string
  readonly causationId?: string
  /** The client's own name for its request; shown to the actor only. */
  readonly clientId?: string
  /** Of a registration: the language of the user's mails (BCP 47), if the request asked for one that has letters. */
  readonly language?: string
  /** Of a login: a pseudonym of the device, which shows nothing about it. */
  readonly device?: string
}

/** The position of an event in the log (decimal), and when it was recorded. */
export interface Recorded {
  readonly position: string
  readonly recordedAt: Date
  /** To the question of the append; absent if it asked none, or if its response was lost. */
  readonly answers?: Answers
}

/** An event that a query showed, which a failover can still lose. */
export interface ShownEvent {
  readonly id: string
  readonly position: string
  /** Whether the database server that showed it has synchronous standbys. Absent where the query did not ask. */
  readonly hasStandbys?: boolean
}

/** Greater than every position: the key that a list in descending order begins beyond. */
export const beyondLastPosition = '9223372036854775807'

/** What a read table must accept when events are appended (rule 17 of db/README.md), such as a session. */
export interface KeyExpectation {
  readonly readTable: string
  readonly key: string
  /** Called when an append has found it so. */
  readonly confirm: () => void
}

/** A stream and the version it must have; 0 for a stream that does not exist yet. */
export interface Expectation {
  readonly streamId: string
  readonly version: number
}
