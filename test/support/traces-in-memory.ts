// Loads an SDK of OpenTelemetry that keeps its spans in memory. A test imports it before anything of src/, which asks
// only once whether there is an SDK.
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
)

/** The spans with this name that have ended since the last call, which forgets all of them. */
export function endedSpans(name: string) {
  const spans = exporter.getFinishedSpans().filter((span) => span.name === name)
  exporter.reset()
  return spans
}
