/**
 * Sends the traces of Epistle to an OpenTelemetry collector. Install the packages, and load this file before the
 * service:
 *
 *   npm install --no-save @opentelemetry/sdk-trace@3 @opentelemetry/resources@3 @opentelemetry/core@3 \
 *     @opentelemetry/context-async-hooks@3 @opentelemetry/exporter-trace-otlp-http
 *   export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
 *   node --import ./examples/opentelemetry/tracing.ts src/main.ts serve
 *
 * OTEL_TRACES_SAMPLER_ARG is the share of traces that is kept: 1 by default, which is all of them. Requests whose
 * `traceparent` says whether they are sampled follow it, and so do tasks and webhooks.
 */

import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

const { OTEL_SERVICE_NAME: name = 'epistle', OTEL_TRACES_SAMPLER_ARG: share = '1' } = process.env

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(
  new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': name }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(Number(share)) }),
    // A batch has up to 256 requests; the SDK would keep links to 128 of them.
    spanLimits: { linkCountLimit: 256 },
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  }),
)
