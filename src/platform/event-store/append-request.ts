/**
 * Append requests: decisions in the forms that the database takes. The writer reads only a few facts about a
 * request. Its events already have ids, so a request with an unknown result can be looked up in the log.
 */

import type { Span } from '@opentelemetry/api'
import { activeSpan, traceOf } from '../tracing.ts'
import type { Aggregate } from './aggregate.ts'
import { RejectedError } from './errors.ts'
import type { DomainEvent, Expectation, Metadata, Recorded } from './event.ts'
import { toColumns } from './event-columns.ts'
import type { Answers, Asked } from './questions.ts'
import { uuidV7 } from './uuid-v7.ts'

/** The events that a command caused on one stream, and the versions that the decision is based on. */
export interface Decision<Event extends DomainEvent> {
  readonly aggregate: Pick<Aggregate<unknown, never, Event>, 'tables'>
  readonly streamId: string
  /** The version of the stream before these events; 0 for a new stream. */
  readonly expectedVersion: number
  readonly events: readonly Event[]
  /** Versions of other streams that the decision depends on. When one differs, the decision is rejected. */
  readonly expects?: readonly Expectation[]
  readonly metadata?: Metadata
  /** The ids of the events, in order; random when absent. */
  readonly eventIds?: readonly string[]
}

/** An event in the words of the database. */
export interface EventToAppend {
  readonly id: string
  readonly stream_id: string
  readonly stream_version: number
  readonly type: string
  readonly metadata?: Metadata | undefined
  readonly data: Readonly<Record<string, unknown>>
}

/** What a request expects of another stream or of a read table. */
export type Expected =
  | { readonly stream_id: string; readonly version: number }
  | { readonly read_table: string; readonly key: string }

/** One or several decisions that are appended together or not at all. */
export interface AppendRequest {
  readonly streams: readonly string[]
  /** The id of the sender. All unknown senders share the empty one. */
  readonly actor: string
  /** How many events the request has. */
  readonly events: number
  /** About how many bytes the request has. */
  readonly size: number
  /** The id of the last event, whose position is that of the result. */
  readonly lastId: string
  /** The only event of the request; undefined when it has several. */
  readonly single: EventToAppend | undefined
  readonly expects: readonly Expected[]
  readonly asks?: Asked | undefined
  /** Of the HTTP request or the task that made it. */
  readonly span?: Span | undefined
  /** The element of the batch that `log.append` takes; written at the first access, which is rarely needed. */
  readonly json: string
}

/** The result of the database for one request: accepted, rejected, or null when it was not attempted. */
export type AppendResult =
  | {
      readonly position: string
      readonly recorded_at: string
      readonly answers?: Answers | undefined
    }
  | { readonly sqlstate: string; readonly constraint: string | null; readonly event?: number }
  | null

/** The request that appends decisions about different streams. All of them are those of one command. */
export function toAppendRequest(
  decisions: readonly Decision<DomainEvent>[],
  asks?: Asked,
): AppendRequest {
  const streams: string[] = []
  const events: EventToAppend[] = []
  const expects: Expected[] = []
  const span = activeSpan()
  const trace = span && traceOf(span)
  for (const decision of decisions) {
    streams.push(decision.streamId)
    addEvents(decision, events, trace)
    for (const { streamId, version } of decision.expects ?? [])
      expects.push({ stream_id: streamId, version })
  }
  const { actor = '', session } = decisions[0]?.metadata ?? {}
  if (session) expects.push({ read_table: session.readTable, key: session.key })
  return new PreparedRequest(streams, actor, events, expects, asks, span)
}

/** A class, because an object literal with a getter would take a microsecond to make. */
class PreparedRequest implements AppendRequest {
  readonly streams: readonly string[]
  readonly actor: string
  readonly expects: readonly Expected[]
  readonly asks: Asked | undefined
  readonly span: Span | undefined
  readonly size: number
  readonly #events: readonly EventToAppend[]
  #json: string | undefined

  constructor(
    streams: readonly string[],
    actor: string,
    events: readonly EventToAppend[],
    expects: readonly Expected[],
    asks: Asked | undefined,
    span: Span | undefined,
  ) {
    this.streams = streams
    this.actor = actor
    this.expects = expects
    this.asks = asks
    this.span = span
    this.#events = events
    this.size = events.reduce((size, event) => size + sizeOf(event), 0)
  }

  get events(): number {
    return this.#events.length
  }

  get lastId(): string {
    return this.#events.at(-1)?.id ?? ''
  }

  get single(): EventToAppend | undefined {
    return this.#events.length === 1 ? this.#events[0] : undefined
  }

  get json(): string {
    const [events, { length }] = [this.#events, this.expects]
    this.#json ??= JSON.stringify(length > 0 ? { expects: this.expects, events } : { events })
    return this.#json
  }
}

/** Names, ids, numbers and metadata of an event take about 400 bytes. */
const fixedSize = 400

function sizeOf({ data }: EventToAppend): number {
  let size = fixedSize
  for (const value of Object.values(data))
    if (typeof value === 'string') size += Buffer.byteLength(value)
  return size
}

function addEvents(decision: Decision<DomainEvent>, to: EventToAppend[], trace?: Metadata): void {
  const { aggregate, streamId, expectedVersion, events, eventIds } = decision
  const { session: _session, ...given } = decision.metadata ?? {}
  const metadata = trace ? { ...given, ...trace } : given
  for (const [index, event] of events.entries())
    to.push({
      id: eventIds?.[index] ?? uuidV7(),
      stream_id: streamId,
      stream_version: expectedVersion + 1 + index,
      type: aggregate.tables[event.type] ?? '',
      metadata,
      data: toColumns(event.data),
    })
}

/** The position of an accepted request, or the error of a rejected one. */
export function toResult(result: Exclude<AppendResult, null>): Recorded | RejectedError {
  if ('position' in result) {
    const { position, recorded_at, answers } = result
    return { position, recordedAt: new Date(recorded_at), ...(answers && { answers }) }
  }
  const { constraint, sqlstate, event } = result
  return new RejectedError(
    // `users_2__email_taken` → `email_taken`; a constraint without such a suffix → `conflict`.
    constraint?.split('__')[1] ?? 'conflict',
    `rejected by ${constraint ?? `SQLSTATE ${sqlstate}`}`,
    { ...(constraint !== null && { constraint }), ...(event !== undefined && { event }) },
  )
}
