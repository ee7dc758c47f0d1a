/**
 * One connection to `GET /stream`, from its request to its end. Promises events in the order in which they arrive, and
 * an error if the connection is silent for too long. It does not connect again.
 */

import { createParser } from 'eventsource-parser'
import { toError } from './errors.ts'
import type { StreamEvent } from './stream-events.ts'
import { retryAfterOf } from './waiting.ts'

/** A failure after which a client connects again. */
export class ConnectionLost extends Error {
  /** How long the server asks to wait, ms. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, retryAfterMs?: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

export interface ConnectionOptions {
  /** Requests the stream after a position, or from now on. */
  readonly open: (lastId: string | undefined, signal: AbortSignal) => Promise<Response>
  /** After how long without a byte a connection counts as lost, ms. The server sends one every 15 s. */
  readonly silenceMs: number
  /** Called for each chunk that arrives, a heartbeat included. */
  readonly onChunk?: () => void
  /** Called with the wait before the next connection that the server asks for, ms. */
  readonly onRetry?: (ms: number) => void
}

/**
 * Yields the events after `lastId` until the connection ends. Throws ConnectionLost, or what `fetch` throws, when another
 * try may succeed, and EpistleError when none can.
 */
export async function* readStream(
  options: ConnectionOptions,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent, void> {
  const { open, silenceMs, onChunk } = options
  const connection = new AbortController()
  const silent = () => connection.abort(new ConnectionLost(`silent for ${silenceMs} ms`))
  let timer = setTimeout(silent, silenceMs)
  try {
    const both = AbortSignal.any([signal, connection.signal])
    const response = await open(lastId, both)
    if (!response.ok) throw await toFailure(response)
    if (!response.body) throw new ConnectionLost('the response has no body')
    for await (const events of parse(response.body, both, options.onRetry)) {
      clearTimeout(timer)
      onChunk?.()
      yield* events
      timer = setTimeout(silent, silenceMs)
    }
  } finally {
    clearTimeout(timer)
    connection.abort()
  }
}

/** A failed response: an EpistleError if its status does not pass by itself. */
async function toFailure(response: Response): Promise<Error> {
  const { status } = response
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return toError(response)
  await response.body?.cancel()
  return new ConnectionLost(`status ${status}`, retryAfterOf(response))
}

/** Yields for each chunk the events that end in it. Frames without an id concern the connection alone. */
async function* parse(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onRetry: ConnectionOptions['onRetry'],
): AsyncGenerator<StreamEvent[], void> {
  let events: StreamEvent[] = []
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (id && event) events.push({ id, event, data: JSON.parse(data) } as StreamEvent)
    },
    onRetry,
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  // A replaced `fetch` may ignore the signal.
  signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined))
  for (;;) {
    // Not `for await`: Safari cannot iterate over a stream.
    const { done, value } = await reader.read()
    if (done) return
    parser.feed(decoder.decode(value, { stream: true }))
    yield events
    events = []
  }
}
