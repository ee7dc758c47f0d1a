/**
 * The frames of a job: its lines, its progress and how it ended, as server-sent events. `EventSource` sends no
 * `Authorization`, so they are parsed from a response.
 */

import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { type Api, dataOf } from './api.ts'
import type { JobLine, Schemas } from './state.ts'

/** What a frame of each event has. */
interface Frames {
  readonly line: JobLine
  readonly progress: Pick<Schemas['Job'], 'progress' | 'cancellable'>
  readonly ended: Schemas['Job']
  /** The last frame of a stream whose job can run on. */
  readonly interrupted: { readonly detail: string }
}

/** Takes frames, those of each event by a function of its name. */
export type JobListener = { readonly [name in keyof Frames]?: (data: Frames[name]) => void }

/** Passes the frames of a job after a line to the listener, until its stream ends. Throws as `dataOf` does. */
export async function readJobFrames(
  api: Api,
  {
    id,
    after,
    signal,
  }: { readonly id: string; readonly after: number; readonly signal: AbortSignal },
  listener: JobListener,
): Promise<void> {
  const params = { path: { id }, header: { 'Last-Event-ID': `${after}` } }
  const options = { params, parseAs: 'stream', signal } as const
  const body = await dataOf(api.GET('/jobs/{id}/events', options))
  if (!body) return
  const parser = createParser({ onEvent: (frame) => pass(frame, listener) })
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parser.feed(part.value)
  }
}

function pass({ event, data }: EventSourceMessage, listener: JobListener): void {
  const take = listener[event as keyof Frames] as ((data: unknown) => void) | undefined
  take?.(JSON.parse(data))
}
