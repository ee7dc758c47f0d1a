/**
 * One stream for all tabs of a browser, which has six connections to a host over HTTP/1.1. The elected tab reads it and
 * hands each event on to the others.
 *
 * Promises each tab each event once and in order, whichever tab leads. An event travels with the id of the event before
 * it, so a tab sees what it has missed. It then reports its last id, and the leader reads the stream again from there;
 * all tabs drop what they have. A lost or repeated message between tabs, or two leaders at once, do no harm.
 */

import type { Browser } from './browser.ts'
import { Election } from './election.ts'
import { EpistleError, type Problem } from './errors.ts'
import { EventQueue } from './event-queue.ts'
import { isAfter } from './positions.ts'
import { type ReconnectingOptions, readReconnecting } from './reconnecting.ts'
import type { StreamEvent } from './stream-events.ts'

/** What tabs send each other. All but `hello` come from the leader. */
type Message =
  /** The event that follows `after`: the user has none between the two. */
  | { readonly type: 'event'; readonly after: string; readonly event: StreamEvent }
  /** Each event after `id` is going to be sent. */
  | { readonly type: 'at'; readonly id: string }
  /** The leader is there, with a connection or without. */
  | { readonly type: 'alive'; readonly isOpen: boolean }
  | { readonly type: 'end'; readonly problem: Problem }
  /** A tab has come, or has missed events: it has all up to `after`, or needs a place to begin. */
  | { readonly type: 'hello'; readonly after: string | undefined }

export interface SharedStreamOptions extends ReconnectingOptions {
  readonly browser: Browser
  /** The same in all tabs with this user and server. */
  readonly name: string
  readonly lastId: string | undefined
}

export class SharedStream {
  readonly #options: SharedStreamOptions
  readonly #events = new EventQueue<StreamEvent>()
  readonly #channel: InstanceType<typeof BroadcastChannel>
  readonly #election: Election
  readonly #ticking: ReturnType<typeof setInterval>
  #lastId: string | undefined
  /** The last id for which this tab has said hello since a leader answered. */
  #asked: string | undefined
  #heardAt = Date.now()
  #isOpen = false
  /** What is being read while this tab leads, and the id up to which it has been handed on. */
  #reading: { readonly run: AbortController; at: string | undefined } | undefined

  constructor(options: SharedStreamOptions) {
    const { browser, name, lastId, silenceMs } = options
    this.#options = options
    this.#lastId = lastId
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = ({ data }: { data: unknown }) => this.#receive(data as Message)
    this.#ticking = setInterval(() => this.#tick(), silenceMs / 4)
    this.#election = new Election({
      browser,
      name,
      lead: (signal) => void this.#lead(signal),
      onReturn: () => this.#sayHello(),
    })
    this.#sayHello()
  }

  read(): AsyncGenerator<StreamEvent, void> {
    return this.#events.read()
  }

  close(error?: unknown): void {
    clearInterval(this.#ticking)
    this.#election.close()
    this.#channel.close()
    this.#events.end(error)
  }

  #say(message: Message): void {
    this.#channel.postMessage(message)
  }

  #sayHello(): void {
    this.#heardAt = Date.now()
    this.#asked = this.#lastId
    this.#say({ type: 'hello', after: this.#lastId })
  }

  #receive(message: Message): void {
    if (message.type !== 'hello') this.#heardAt = Date.now()
    if (message.type === 'hello') this.#answer(message.after)
    else if (message.type === 'event') this.#take(message.after, message.event)
    else if (message.type === 'at') this.#beginAt(message.id)
    else if (message.type === 'alive') this.#report(message.isOpen)
    else this.close(new EpistleError(message.problem))
  }

  /** Hands an event on to the reader, unless it has it or misses one before it. */
  #take(after: string, event: StreamEvent): void {
    if (this.#lastId === undefined) return
    if (isAfter(after, this.#lastId)) {
      if (this.#asked !== this.#lastId) this.#sayHello()
      return
    }
    if (!isAfter(event.id, this.#lastId)) return
    this.#lastId = event.id
    this.#events.push(event)
  }

  #beginAt(id: string): void {
    if (this.#lastId === undefined) {
      this.#lastId = id
      this.#events.push({ id, event: 'ready', data: {} })
    } else if (isAfter(id, this.#lastId)) this.#sayHello()
  }

  #report(isOpen: boolean): void {
    if (isOpen !== this.#isOpen) this.#options.onState?.(isOpen ? 'open' : 'closed')
    this.#isOpen = isOpen
  }

  /** Shows that this leader is alive, or looks whether another one is. Hidden tabs do not take over: they are slow. */
  #tick(): void {
    const { browser, silenceMs } = this.#options
    if (this.#reading) this.#say({ type: 'alive', isOpen: this.#isOpen })
    else if (Date.now() - this.#heardAt > silenceMs) {
      if (browser.document.visibilityState === 'visible') this.#election.takeOver()
    }
  }

  /** The leader's answer to a tab: where to begin, or the stream again from what the tab has. */
  #answer(after: string | undefined): void {
    const reading = this.#reading
    if (reading?.at === undefined) return
    this.#say({ type: 'alive', isOpen: this.#isOpen })
    // A tab without events begins after the last one, even while older ones are read again for another tab.
    if (after === undefined) this.#say({ type: 'at', id: this.#lastId ?? reading.at })
    else if (isAfter(reading.at, after)) {
      reading.at = after
      reading.run.abort()
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    let at = this.#lastId
    try {
      while (!signal.aborted) at = await this.#handOn(at, signal)
    } catch (error) {
      const isEnd = error instanceof EpistleError && error.code === 'unauthenticated'
      if (isEnd) this.#say({ type: 'end', problem: error.problem })
      this.close(error)
    }
  }

  /** Hands on what follows `from`, until the signal is aborted or a tab has missed something. Returns where to go on. */
  async #handOn(from: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    const reading = { run: new AbortController(), at: from }
    this.#reading = reading
    if (from !== undefined) this.#say({ type: 'at', id: from })
    const both = AbortSignal.any([signal, reading.run.signal])
    const tell = (isOpen: boolean) => {
      this.#report(isOpen)
      this.#say({ type: 'alive', isOpen })
    }
    const options: ReconnectingOptions = {
      ...this.#options,
      onChunk: () => tell(true),
      onState: (state) => tell(state === 'open'),
    }
    try {
      for await (const event of readReconnecting(options, from, both)) {
        // After the end, \`at\` is no longer the id of the event before this one.
        if (both.aborted) break
        const after = reading.at ?? event.id
        reading.at = event.id
        this.#share(after, event)
      }
    } finally {
      if (this.#reading === reading) this.#reading = undefined
    }
    return reading.at
  }

  #share(after: string, event: StreamEvent): void {
    if (event.event === 'ready') {
      this.#say({ type: 'at', id: event.id })
      this.#beginAt(event.id)
    } else {
      this.#say({ type: 'event', after, event })
      this.#take(after, event)
    }
  }
}
