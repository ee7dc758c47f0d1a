/**
 * Traces: the spans of requests, batches, tasks and webhooks, and how a trace gets from one to the next.
 *
 * Only the API of OpenTelemetry is used here. The SDK belongs to the operator and is loaded before the service
 * (`node --import`). Without one, no span is made. No attribute contains a user, an address, an id or a token. Errors
 * have no message, because a message can quote them: the log has it, with the trace id.
 */

import {
  type Context,
  context,
  isSpanContextValid,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { sleep } from './sleep.ts'

const name = 'epistle'
const provider = trace.getTracerProvider()

/** Whether an SDK is loaded. Another copy of the API has a class of its own. */
export const isTracing =
  !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(name) !== undefined

export const tracer = trace.getTracer(name)

/** The span of the request or task in which this is called; undefined outside of one, or without an SDK. */
export function activeSpan(): Span | undefined {
  return isTracing ? trace.getActiveSpan() : undefined
}

/**
 * What events and tasks keep of a span, so that the trace continues with it: its trace id and a `traceparent`
 * (W3C Trace Context). The `tracestate` can have anything of other systems, so it is not kept.
 */
export function traceOf(span: Span): { readonly traceId: string; readonly traceparent: string } {
  const { traceId, spanId, traceFlags } = span.spanContext()
  const flags = traceFlags.toString(16).padStart(2, '0')
  return { traceId, traceparent: `00-${traceId}-${spanId}-${flags}` }
}

/** The context that continues the trace of `traceOf`. */
function contextOf(traceparent: string | null | undefined): Context {
  const [, traceId = '', spanId = '', flags = ''] = traceparent?.split('-') ?? []
  const traceFlags = Number.parseInt(flags, 16) || TraceFlags.NONE
  const parent = { traceId, spanId, traceFlags, isRemote: true }
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
}

/** Says that the work of a span failed, or an attempt of it. */
export function failSpan(span: Span | undefined, error: unknown): void {
  if (!span) return
  const type = typeOf(error)
  span.addEvent('exception', { 'exception.type': type })
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR })
}

/** A code, such as an SQLSTATE, or else the name of the class: a closed set. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** A task with the span that caused it. */
interface TracedTask {
  readonly process: string
  readonly attempts: number
  readonly traceparent?: string | null
}

/** Runs a task in a span that continues the trace of what caused it. */
export function inTaskSpan<T>(
  { process, attempts, traceparent }: TracedTask,
  run: (span?: Span) => Promise<T>,
): Promise<T> {
  if (!isTracing) return run()
  const attributes = { 'epistle.task.attempt': attempts + 1 }
  const options = { kind: SpanKind.CONSUMER, attributes }
  return inSpan(tracer.startSpan(process, options, contextOf(traceparent)), run)
}

/** The delivery of an event to a webhook, with the span that recorded the event. */
interface TracedDelivery {
  /** The name that its operator chose. */
  readonly webhook: string
  readonly attempts: number
  readonly traceparent: string | null
}

/** Delivers an event in a span that continues the trace of the request or task that recorded it. */
export function inDeliverySpan<T>(
  { webhook, attempts, traceparent }: TracedDelivery,
  run: (span?: Span) => Promise<T>,
): Promise<T> {
  if (!isTracing) return run()
  const attributes = {
    'http.request.method': 'POST',
    'epistle.webhook.name': webhook,
    'epistle.webhook.attempt': attempts + 1,
  }
  const options = { kind: SpanKind.CLIENT, attributes }
  return inSpan(tracer.startSpan('webhook', options, contextOf(traceparent)), run)
}

/** Adds the status of the response to a span of a request that was sent. */
export function endDelivery(span: Span | undefined, status: number): void {
  span?.setAttribute('http.response.status_code', status)
  if (status >= 200 && status <= 299) return
  span?.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR })
}

/** An append request, which a sampled request or task may have made. */
interface TracedAppend {
  readonly request: { readonly span?: Span | undefined }
}

/**
 * Sends a batch in a span with links to the requests that it carries, and links from them to it. It is a child of the
 * first one that is sampled, so that sampling a few requests also shows their batches. Without one, it has no span.
 */
export function inBatchSpan(
  batch: readonly TracedAppend[],
  run: (span?: Span) => Promise<void>,
): Promise<void> {
  if (!isTracing) return run()
  const carried = batch.flatMap(({ request: { span } }) => (span && isSampled(span) ? [span] : []))
  const [first] = carried
  // What runs now has the context of whichever request was the first to wait.
  if (!first) return context.with(ROOT_CONTEXT, run)
  const options = {
    kind: SpanKind.CLIENT,
    links: carried.map((span) => ({ context: span.spanContext() })),
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': 'append',
      'db.operation.batch.size': batch.length,
    },
  }
  const span = tracer.startSpan('append', options, trace.setSpan(ROOT_CONTEXT, first))
  for (const request of carried) request.addLink({ context: span.spanContext() })
  return inSpan(span, run)
}

function isSampled(span: Span): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0
}

async function inSpan<T>(span: Span, run: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, span), run, undefined, span)
  } catch (error) {
    failSpan(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** How long (ms) a process that stops waits for the exporters of the SDK. */
const flushMs = 2_000

/** Hands the last spans to the exporters. The API has no such method; the providers of the SDK do. */
export async function flushSpans(): Promise<void> {
  if (!isTracing) return
  const sdk = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider
  const { forceFlush } = sdk as { forceFlush?: () => Promise<void> }
  const over = new AbortController()
  const flushed = Promise.resolve(forceFlush?.call(sdk)).catch(() => undefined)
  await Promise.race([flushed, sleep(flushMs, over.signal)])
  over.abort()
}
