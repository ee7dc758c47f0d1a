// An OpenTelemetry collector in memory: it receives spans over HTTP (OTLP, in JSON), as processes with
// examples/opentelemetry/tracing.ts send them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Finishing } from './database.ts'

interface Value {
  readonly stringValue?: string
  readonly intValue?: number
}

interface Attribute {
  readonly key: string
  readonly value: Value
}

export interface CollectedSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly events?: readonly { readonly name: string }[]
  readonly attributes: Readonly<Record<string, string | number | undefined>>
  /** 2 is an error. */
  readonly status: { readonly code?: number; readonly message?: string }
}

interface Sent extends Omit<CollectedSpan, 'attributes'> {
  readonly attributes: readonly Attribute[]
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: Sent[] }[] }[]
}

/** Listens until the test ends. */
export async function traceCollector(t: Finishing) {
  const spans: CollectedSpan[] = []
  let text = ''
  const server = createServer(async (request, response) => {
    const sent = (await json(request)) as Export
    text += JSON.stringify(sent)
    for (const { scopeSpans } of sent.resourceSpans)
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) spans.push(toSpan(span))
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    /** Everything that was sent. */
    text: () => text,
  }
}

function toSpan({ attributes, ...span }: Sent): CollectedSpan {
  const plain = ({ stringValue, intValue }: Value) => stringValue ?? intValue
  const entries = attributes.map(({ key, value }) => [key, plain(value)] as const)
  return { ...span, attributes: Object.fromEntries(entries) }
}
