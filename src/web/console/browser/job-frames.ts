/**
 * The lines of a job as they come. A lost connection is opened again, and no line is missed or comes twice.
 * `EventSource` sends no `Authorization`, so the frames are parsed from a response.
 */

import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { type Api, dataOf } from './api.ts'
import type { Schemas } from './state.ts'

/** After a lost connection, ms. */
const pause = 2_000

export interface JobListener {
  /** Whether what shows the job is still there. */
  isWanted(): boolean
  line(text: string): void
  ended(job: Schemas['Job']): void
}

/** Calls the listener until the job has ended or is no longer wanted. */
export async function followJob(api: Api, id: string, listener: JobListener): Promise<void> {
  let last = '0'
  while (listener.isWanted()) {
    try {
      for await (const frame of framesOf(await open(api, id, last))) {
        if (!listener.isWanted()) return
        last = frame.id ?? last
        const data = JSON.parse(frame.data)
        if (frame.event === 'ended') return listener.ended(data)
        if (frame.event === 'line') listener.line(data.text)
      }
    } catch {
      // The view reads the rest of its page again and again, and reports why that fails.
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

async function open(
  api: Api,
  id: string,
  last: string,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const params = { path: { id }, header: { 'Last-Event-ID': last } }
  const stream = await dataOf(api.GET('/jobs/{id}/events', { params, parseAs: 'stream' }))
  if (!stream) throw new Error('The response has no body.')
  return stream
}

/** Without the comments, by which the server shows that the stream lives. */
async function* framesOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<EventSourceMessage> {
  const frames: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (frame) => frames.push(frame) })
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parser.feed(part.value)
      yield* frames.splice(0)
    }
  } finally {
    await reader.cancel()
  }
}
