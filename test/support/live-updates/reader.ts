// Reads a stream as clients do: parses frames from the chunks of a fetch response.
import { setTimeout as pause } from 'node:timers/promises'
import type { Finishing } from '../database.ts'

export interface Frame {
  readonly id: string
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: a test compares it with what it should be
  readonly data: any
}

export interface Reader {
  readonly response: Response
  /** The frames received so far, including `ready`. */
  readonly frames: Frame[]
  /** The text received so far. */
  text(): string
  /** Resolves when the stream has ended: true if in order, false if the connection broke. */
  readonly ended: Promise<boolean>
  /** Returns the first matching frame. Throws if none arrives within 15 s or before the stream ends. */
  until(satisfies: (frame: Frame) => boolean): Promise<Frame>
  /** Closes the connection. */
  leave(): void
}

/** Opens a stream of live updates; it is closed when the test ends. */
export async function follow(
  t: Finishing,
  url: string,
  token: string,
  after?: string,
  headers: Record<string, string> = {},
): Promise<Reader> {
  return openStream(t, `${url}/stream`, {
    ...headers,
    authorization: `Bearer ${token}`,
    ...(after !== undefined && { 'last-event-id': after }),
  })
}

/** Opens any stream of server-sent events; it is closed when the test ends. */
export async function openStream(
  t: Finishing,
  url: string,
  headers: Record<string, string>,
): Promise<Reader> {
  const connection = new AbortController()
  t.teardown(async () => connection.abort())
  const response = await fetch(url, { headers, signal: connection.signal })
  const received: Received = { frames: [], text: '', isOver: false }
  return {
    response,
    frames: received.frames,
    text: () => received.text,
    ended: receive(response, received),
    until: (satisfies) => waitFor(received, satisfies),
    leave: () => connection.abort(),
  }
}

interface Received {
  readonly frames: Frame[]
  text: string
  isOver: boolean
}

/** Reads a response to its end, into `received`; resolves to false if the connection broke. */
async function receive(response: Response, received: Received): Promise<boolean> {
  let rest = ''
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      received.text += chunk
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      received.frames.push(...blocks.flatMap(parse))
    }
    return true
  } catch {
    return false
  } finally {
    received.isOver = true
  }
}

async function waitFor(received: Received, satisfies: (frame: Frame) => boolean): Promise<Frame> {
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(5)) {
    const wasOver = received.isOver
    const found = received.frames.find(satisfies)
    if (found) return found
    if (wasOver) break
  }
  throw new Error(`expected a matching frame, received ${JSON.stringify(received.frames)}`)
}

/** Parses a block of fields. A block without data, such as a comment, is not a frame. */
function parse(block: string): Frame[] {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':', 1)[0] ?? '', line.replace(/^\w*: ?/, '')]),
  )
  const data = fields.get('data')
  if (data === undefined) return []
  return [{ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) }]
}
