// A reader of the stream as its users write one: frames out of what a fetch gives, piece by piece.
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
  /** What came so far, `ready` included. */
  readonly frames: Frame[]
  /** Everything that came, as it came. */
  text(): string
  /** Resolves when the stream has ended: true in order, false when it broke off. */
  readonly ended: Promise<boolean>
  /** The next frame that satisfies; throws when none does within 15 s, or the stream ends before. */
  until(satisfies: (frame: Frame) => boolean): Promise<Frame>
  /** Hangs up. */
  leave(): void
}

/** Opens a stream; it is left when the test ends. */
export async function follow(
  t: Finishing,
  url: string,
  token: string,
  after?: string,
): Promise<Reader> {
  const destroyAll = new AbortController()
  t.teardown(async () => destroyAll.abort())
  const response = await fetch(`${url}/stream`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(after !== undefined && { 'last-event-id': after }),
    },
    signal: destroyAll.signal,
  })
  const frames: Frame[] = []
  let text = ''
  let over = false
  const ended = (async () => {
    let rest = ''
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk
        const blocks = (rest + chunk).split('\n\n')
        rest = blocks.pop() ?? ''
        frames.push(...blocks.flatMap(parse))
      }
      return true
    } catch {
      return false
    } finally {
      over = true
    }
  })()
  return {
    response,
    frames,
    text: () => text,
    ended,
    until: async (satisfies) => {
      for (const end = Date.now() + 15_000; Date.now() < end; await pause(5)) {
        const wasOver = over
        const found = frames.find(satisfies)
        if (found) return found
        if (wasOver) break
      }
      throw new Error(`it did not come; what came is ${JSON.stringify(frames)}`)
    },
    leave: () => destroyAll.abort(),
  }
}

/** A block of fields; one without data, as a comment, is no frame. */
function parse(block: string): Frame[] {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':', 1)[0] ?? '', line.replace(/^\w*: ?/, '')]),
  )
  const data = fields.get('data')
  if (data === undefined) return []
  return [{ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) }]
}
