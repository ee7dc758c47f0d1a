// Many tabs in one process, with Node's own Web Locks and BroadcastChannel: they share a stream as those of a browser
// do, and come and go faster than any browser allows. Messages between them can be lost.
import type { Locks } from '../../openapi/client/browser.ts'
import { SharedStream } from '../../openapi/client/shared-stream.ts'
import type { StreamEvent } from '../../openapi/client/stream-events.ts'
import type { Finishing } from './database.ts'

const RealChannel = BroadcastChannel
let isLosing = false

class LossyChannel extends RealChannel {
  override postMessage(message: unknown): void {
    if (!isLosing || Math.random() > 0.1) super.postMessage(message)
  }
}

export interface Played {
  /** The contents of all messages that the user was sent, in order; each is added before it is sent. */
  readonly sent: readonly string[]
  readonly url: string
  readonly token: string
}

/** Plays the tabs of one user. What is open when the test ends is closed. */
export function playTabs(t: Finishing, played: Played) {
  const opened: PlayedTab[] = []
  Object.assign(globalThis, { BroadcastChannel: LossyChannel })
  t.teardown(async () => {
    for (const tab of opened) tab.close()
    Object.assign(globalThis, { BroadcastChannel: RealChannel })
  })
  return {
    opened,
    /** Opens a tab that begins now, or after an event. */
    open: (after?: StreamEvent) => void opened.push(new PlayedTab(played, after)),
    close: (tab: PlayedTab | undefined) => {
      if (tab) opened.splice(opened.indexOf(tab), 1)
      tab?.close()
    },
    /** Whether one in ten messages between tabs is lost. */
    loseMessages: (loses: boolean) => {
      isLosing = loses
    },
  }
}

export class PlayedTab {
  readonly seen: StreamEvent[] = []
  /** After which message this tab began, if after one. */
  readonly after: string | undefined
  readonly #sent: readonly string[]
  readonly #stream: SharedStream
  readonly #document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  #sentAtFirst = 0

  constructor({ url, token, sent }: Played, after: StreamEvent | undefined) {
    this.after = after && contentOf(after)
    this.#sent = sent
    const { locks } = navigator as unknown as { readonly locks: Locks }
    const browser = { locks, document: this.#document, window: new EventTarget() }
    const open = (lastId: string | undefined, signal: AbortSignal) => {
      const resume = lastId === undefined ? {} : { 'Last-Event-ID': lastId }
      const headers = { Authorization: `Bearer ${token}`, ...resume }
      return fetch(`${url}/stream`, { headers, signal })
    }
    const lastId = after?.id
    this.#stream = new SharedStream({ browser, name: token, open, lastId, silenceMs: 400 })
    void this.#read()
  }

  async #read(): Promise<void> {
    for await (const event of this.#stream.read()) {
      if (this.seen.push(event) === 1) this.#sentAtFirst = this.#sent.length
    }
  }

  /** Whether a later message must reach it. */
  get hasBegun(): boolean {
    return this.after !== undefined || this.seen.length > 0
  }

  contents(): string[] {
    return this.seen.flatMap((event) => contentOf(event) ?? [])
  }

  /** What it must have seen: all that was sent after it began. */
  expected(): readonly string[] {
    const first = this.#sent.indexOf(this.contents()[0] ?? '')
    const begin = Math.min(first, this.#sentAtFirst)
    return this.#sent.slice(this.after === undefined ? begin : this.#sent.indexOf(this.after) + 1)
  }

  freeze(): void {
    this.#document.dispatchEvent(new Event('freeze'))
  }

  resume(): void {
    this.#document.dispatchEvent(new Event('resume'))
  }

  close(): void {
    this.#stream.close()
  }
}

function contentOf({ data }: StreamEvent): string | undefined {
  return 'content' in data ? (data.content ?? undefined) : undefined
}
