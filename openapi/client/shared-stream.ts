/**
 * One stream for all tabs of a browser, which has six connections to a host over HTTP/1.1. The elected tab reads it and
 * passes each event on to the others.
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

/** Ends the stream of this name in all tabs of the browser. */
export function endInAllTabs(name: string, problem: Problem): void {
  const channel = new BroadcastChannel(name)
  const message: Message = { type: 'end', problem }
  channel.postMessage(message)
  channel.close()
}

/** How often a tab acts in the time after which it counts a leader as gone. */
const ticks = 4

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
  /** Whether this tab has said hello, and no leader has answered yet. */
  #isAsking = false
  /** How many ticks ago a leader was last heard. Not by the clock, which runs on while this tab sleeps. */
  #silentTicks = 0
  #isOpen = false
  /** What is being read while this tab leads, and the id up to which the other tabs have it. */
  #reading: { readonly run: AbortController; at: string | undefined } | undefined

  constructor(options: SharedStreamOptions) {
    const { browser, name, lastId, silenceMs } = options
    this.#options = options
    this.#lastId = lastId
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = ({ data }: { data: unknown }) => this.#receive(data as Message)
    this.#ticking = setInterval(() => this.#tick(), silenceMs / ticks)
    this.#election = new Election({
      browser,
      name,
      lead: (signal) => void this.#lead(signal),
      onReturn: () => {
        this.#silentTicks = 0
        this.#sayHello()
      },
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
    this.#isAsking = true
    this.#say({ type: 'hello', after: this.#lastId })
  }

  #receive(message: Message): void {
    if (message.type !== 'hello') this.#silentTicks = 0
    if (message.type === 'hello') this.#answer(message.after)
    else if (message.type === 'event') this.#take(message.after, message.event)
    else if (message.type === 'at') this.#beginAt(message.id)
    else if (message.type === 'alive') this.#report(message.isOpen)
    else this.close(new EpistleError(message.problem))
  }

  /** Passes an event to the reader, unless it has it or misses one before it. */
  #take(after: string, event: StreamEvent): void {
    if (this.#lastId === undefined) return
    if (isAfter(after, this.#lastId)) {
      if (!this.#isAsking) this.#sayHello()
      return
    }
    this.#isAsking = false
    if (!isAfter(event.id, this.#lastId)) return
    this.#lastId = event.id
    this.#events.push(event)
  }

  #beginAt(id: string): void {
    const mine = this.#lastId
    this.#isAsking = false
    if (mine === undefined) {
      this.#lastId = id
      this.#events.push({ id, event: 'ready', data: {} })
    } else if (isAfter(id, mine)) this.#sayHello()
  }

  #report(isOpen: boolean): void {
    if (isOpen !== this.#isOpen) this.#options.onState?.(isOpen ? 'open' : 'closed')
    this.#isOpen = isOpen
  }

  /** Shows that this leader is alive, or looks whether another one is. Hidden tabs do not take over: they are slow. */
  #tick(): void {
    this.#silentTicks += 1
    const isVisible = this.#options.browser.document.visibilityState === 'visible'
    if (this.#reading) this.#say({ type: 'alive', isOpen: this.#isOpen })
    else if (isVisible && this.#silentTicks > ticks) this.#election.takeOver()
    else if (this.#isAsking) this.#sayHello()
  }

  /** The leader's answer to a tab: where to begin, or the stream again from what the tab has. */
  #answer(after: string | undefined): void {
    const reading = this.#reading
    if (reading?.at === undefined) return
    this.#say({ type: 'alive', isOpen: this.#isOpen })
    if (after !== undefined && isAfter(reading.at, after)) {
      reading.at = after
      reading.run.abort()
    } else {
      // A tab without events begins after the last one, even while older ones are read again for another tab.
      const begin = after === undefined ? this.#lastId : undefined
      this.#say({ type: 'at', id: begin ?? reading.at })
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    let at = this.#lastId
    try {
      while (!signal.aborted) at = await this.#passOn(at, signal)
    } catch (error) {
      const isEnd = error instanceof EpistleError && error.code === 'unauthenticated'
      if (isEnd) this.#say({ type: 'end', problem: error.problem })
      this.close(error)
    }
  }

  /** Passes on what follows `from`, until the signal is aborted or a tab has missed something. Returns where to go on. */
  async #passOn(from: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    const reading = { run: new AbortController(), at: from }
    this.#reading = reading
    if (from !== undefined) this.#say({ type: 'at', id: from })
    const both = AbortSignal.any([signal, reading.run.signal])
    const report = (isOpen: boolean) => {
      this.#report(isOpen)
      this.#say({ type: 'alive', isOpen })
    }
    const options: ReconnectingOptions = {
      ...this.#options,
      onChunk: () => report(true),
      onState: (state) => report(state === 'open'),
    }
    try {
      for await (const event of readReconnecting(options, from, both)) {
        // After the end, `at` is no longer the id of the event before this one.
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
