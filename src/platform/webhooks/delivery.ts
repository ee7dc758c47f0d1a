/**
 * Deliveries: takes the next endpoint that is due, sends it its next event, and moves its cursor.
 *
 * A delivery is one transaction that locks the row of the endpoint. So one worker at a time delivers to an endpoint, in
 * the order of the log. A worker that dies releases the row without having moved the cursor, and its last event is sent
 * again: at least once, with the same `webhook-id`.
 *
 * The log is read over another connection. A transaction keeps the locks of what it has read, and a receiver that hangs
 * for seconds would keep an installation from replacing the views of streams.
 *
 * While an event fails, those after it wait: an endpoint gets every event in order or none. The pauses grow over
 * five days; then the endpoint is disabled, keeps its place, and an operator can enable it again.
 */

import type { Span } from '@opentelemetry/api'
import type { ClientBase } from 'pg'
import type { ConfirmPage } from '../feed/confirmed-pages.ts'
import type { FeedEvent } from '../feed/feed-event.ts'
import type { FeedPage, FeedReader } from '../feed/read-feed.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { findEndOfLog } from '../standby-reads/await-position.ts'
import { endDelivery, failSpan, inDeliverySpan, isTracing, traceOf } from '../tracing.ts'
import { disableBeyond, moveCursor } from './cursors.ts'
import { type PostOptions, post } from './post.ts'
import { signedHeaders } from './signature.ts'

/** What a delivery needs of the row of an endpoint. */
interface Endpoint {
  readonly name: string
  readonly url: string
  readonly types: readonly string[] | null
  readonly personal: boolean
  /** The present secret, and the one before it while it is still valid. */
  readonly secrets: readonly string[]
  readonly position: string
  readonly attempts: number
}

/** The outcome of one attempt to deliver to an endpoint. */
export interface Attempt {
  readonly name: string
  /**
   * `passed`: it asked for none of the events that it was moved over. `blocked`: this worker cannot read its next
   * event, such as one of a newer release.
   */
  readonly outcome: 'delivered' | 'passed' | 'failed' | 'disabled' | 'blocked'
  readonly event?: string
  /** Why it failed or was disabled. */
  readonly reason?: string
  readonly traceId?: string | undefined
}

export interface DeliveryDeps extends PostOptions {
  readonly reader: FeedReader
  /** Reads the log, outside of the transaction. */
  readonly log: Queryable
  /** Resolves once no failover can lose the event that is sent. */
  readonly confirm: ConfirmPage
  /** The names of endpoints to leave to other workers. */
  readonly except: readonly string[]
}

/** An endpoint that fails for this long is disabled. */
const givenUpAfter = '5 days'
const firstPauseSeconds = 5
const maxPauseSeconds = 6 * 60 * 60

/** Carries out one delivery in the transaction of the caller; undefined when no endpoint is due. */
export async function deliverNext(
  client: ClientBase,
  deps: DeliveryDeps,
): Promise<Attempt | undefined> {
  const last = `${await findEndOfLog(deps.log)}`
  const endpoint = await takeEndpoint(client, last, deps.except)
  if (!endpoint) {
    const beyond = await disableBeyond(client, last)
    return beyond && { ...beyond, outcome: 'disabled' }
  }
  const { name, position: after, types, personal } = endpoint
  const chosen = types ? new Set(types) : undefined
  let page: FeedPage
  try {
    page = await deps.reader.read(deps.log, { after, limit: 1, types: chosen, personal })
  } catch (error) {
    return { name, outcome: 'blocked', reason: reasonOf(error) }
  }
  const [event] = page.events
  if (!event) {
    await moveCursor(client, name, page.position)
    return { name, outcome: 'passed' }
  }
  await unlessAborted(deps.confirm(page), deps.signal)
  const traced = {
    webhook: name,
    attempts: endpoint.attempts,
    ...(await traceOfEvent(deps.log, event)),
  }
  return inDeliverySpan(traced, async (span): Promise<Attempt> => {
    const traceId = span?.spanContext().traceId
    const failure = await attempt(endpoint, event, deps, span)
    if (failure) return { ...(await postpone(client, endpoint, event, failure)), traceId }
    await moveCursor(client, name, event.position)
    return { name, outcome: 'delivered', event: event.id, traceId }
  })
}

/** What the promise resolves to. Throws the reason of the signal, if it aborts first. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    signal.throwIfAborted()
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
    promise.catch(() => undefined)
  }
}

/** The trace of the request or task that recorded an event. Without an SDK, it is not looked up. */
async function traceOfEvent(log: Queryable, { position }: FeedEvent) {
  if (!isTracing) return { traceparent: null }
  const { rows } = await log.query<{ traceparent: string | null }>({
    name: 'findTraceOfEvent',
    text: `select metadata ->> 'traceparent' as traceparent from log.events where position = $1`,
    values: [position],
  })
  return { traceparent: rows[0]?.traceparent ?? null }
}

/** Takes and locks the due endpoint that was tried the longest ago. No other worker sees it meanwhile. */
async function takeEndpoint(
  client: ClientBase,
  last: string,
  except: readonly string[],
): Promise<Endpoint | undefined> {
  const { rows } = await client.query<Endpoint>({
    name: 'takeEndpoint',
    text: `select name, url, types, personal, position, attempts,
             array_remove(array[secret, case when old_secret_until > clock_timestamp() then old_secret end], null)
               as secrets
           from work.webhooks
           where ${isDue} and position < $1 and name <> all ($2)
           order by attempted_at nulls first limit 1
           for update skip locked`,
    values: [last, except],
  })
  return rows[0]
}

const isDue = 'disabled_at is null and due_at <= clock_timestamp()'

/** Whether an endpoint is due. Those that a worker holds locked count, too. */
export async function isAnyEndpointDue(on: Queryable): Promise<boolean> {
  const { rows } = await on.query({
    name: 'isAnyEndpointDue',
    text: `select exists (
             select from work.webhooks where ${isDue} and position < (select coalesce(max(position), 0) from log.events)
           ) as due`,
  })
  return rows[0].due
}

interface Failure {
  readonly reason: string
  /** Whether the receiver wants no more events (410). */
  readonly isFinal: boolean
  /** How many seconds the receiver asks to wait. */
  readonly retryAfter?: number | undefined
}

/** Sends the event; returns why it failed. */
async function attempt(
  { url, secrets }: Endpoint,
  { id, json: body }: FeedEvent,
  options: PostOptions,
  span: Span | undefined,
): Promise<Failure | undefined> {
  const timestamp = Math.floor(Date.now() / 1000)
  const headers = {
    ...signedHeaders(secrets, { id, timestamp, body }),
    ...(span && { traceparent: traceOf(span).traceparent }),
  }
  try {
    const { status, retryAfter } = await post({ url, headers, body }, options)
    endDelivery(span, status)
    if (status >= 200 && status <= 299) return undefined
    if (status >= 300 && status <= 399) {
      return { reason: `status ${status}: redirects are not followed`, isFinal: false }
    }
    if (retryAfter !== undefined) {
      const reason = `status ${status}; the receiver asks to wait ${retryAfter} s`
      return { reason, isFinal: false, retryAfter }
    }
    return { reason: `status ${status}`, isFinal: status === 410 }
  } catch (error) {
    // The worker stops or has lost the endpoint: the attempt says nothing about the receiver.
    if (options.signal.aborted) throw options.signal.reason
    failSpan(span, error)
    return { reason: reasonOf(error), isFinal: false }
  }
}

/** An error of a name with several addresses has no message itself, but its first cause has. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message || first.name : String(first)
}

/** Schedules the next attempt, or disables the endpoint: at 410, or when it has failed for days. */
async function postpone(
  client: ClientBase,
  { name, attempts }: Endpoint,
  { id }: FeedEvent,
  { reason, isFinal, retryAfter = firstPauseSeconds * 2 ** attempts }: Failure,
): Promise<Attempt> {
  const seconds = Math.min(Math.max(retryAfter, firstPauseSeconds), maxPauseSeconds)
  const { rows } = await client.query<{ disabled: boolean }>({
    name: 'postponeWebhook',
    text: `update work.webhooks w
           set attempted_at = clock_timestamp(), attempts = attempts + 1, last_error = $2,
             failing_since = coalesce(failing_since, clock_timestamp()),
             due_at = clock_timestamp() + make_interval(secs => $3),
             disabled_at = case when over.because is not null then clock_timestamp() end,
             disabled_because = over.because
           from (
             select name, case
               when $4 then 'the endpoint answered 410: it wants no more events'
               when failing_since < clock_timestamp() - interval '${givenUpAfter}' then 'it failed for ${givenUpAfter}'
             end as because from work.webhooks
           ) over
           where w.name = $1 and over.name = w.name
           returning disabled_at is not null as disabled`,
    values: [name, reason.replaceAll('\0', '').slice(0, maxReasonLength), seconds, isFinal],
  })
  return { name, outcome: rows[0]?.disabled ? 'disabled' : 'failed', event: id, reason }
}

/** The reason of a failed connection can be long, and a TLS certificate can put any text into it. */
const maxReasonLength = 500
