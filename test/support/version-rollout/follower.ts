// A follower of a user's stream, as a client with live updates: when its server leaves, it reconnects to another
// with the last id that it received. It must receive every event exactly once, whichever versions it was on.
import { setTimeout as pause } from 'node:timers/promises'
import type { Finishing } from '../database.ts'
import { type Frame, follow } from '../live-updates/reader.ts'
import type { Member } from './fleet.ts'

export interface User {
  readonly id: string
  readonly token: string
}

export class Follower {
  readonly user: User
  /** The version whose servers it prefers while any of them runs. */
  readonly preferred: string
  readonly frames: Frame[] = []
  readonly #t: Finishing
  readonly #members: () => readonly Member[]
  #isOver = false
  #leave: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(t: Finishing, user: User, preferred: string, members: () => readonly Member[]) {
    this.#t = t
    this.user = user
    this.preferred = preferred
    this.#members = members
  }

  /** Begins to follow; resolves when the stream is open. */
  async start(): Promise<void> {
    const opened = Promise.withResolvers<void>()
    this.#running = this.#follow(opened.resolve)
    await opened.promise
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#leave()
    await this.#running
  }

  /** The id of the last frame received. */
  get last(): string | undefined {
    return this.frames.at(-1)?.id
  }

  async #follow(opened: () => void): Promise<void> {
    while (!this.#isOver) {
      const servers = this.#members()
      const mine = servers.filter(({ version }) => version === this.preferred)
      const [server] = mine.length > 0 ? mine : servers
      const reader = server && (await this.#open(server.url))
      if (!reader) {
        await pause(50)
        continue
      }
      this.#leave = reader.leave
      if (this.last !== undefined) opened()
      let read = 0
      const take = () => {
        this.frames.push(...reader.frames.slice(read))
        read = reader.frames.length
        if (this.last !== undefined) opened()
      }
      const ended = reader.ended.then(() => true)
      while (!(await Promise.race([ended, pause(50, false)]))) take()
      take()
    }
  }

  async #open(url: string) {
    const reader = await follow(this.#t, url, this.user.token, this.last).catch(() => undefined)
    if (reader?.response.status === 200) return reader
    reader?.leave()
    return undefined
  }
}

/** Messages that a follower missed or received twice, given the positions of all messages of its user. */
export function wrongDeliveries(
  { frames, preferred, user }: Follower,
  positions: readonly string[],
): string[] {
  const [ready, ...others] = frames
  const since = BigInt(ready?.id ?? 0)
  const received = new Map<string, number>()
  for (const { id, event } of others) {
    if (event === 'message_sent') received.set(id, (received.get(id) ?? 0) + 1)
  }
  return positions
    .filter((position) => BigInt(position) > since && received.get(position) !== 1)
    .map(
      (position) =>
        `the follower of ${user.id} on ${preferred} received position ${position} ${received.get(position) ?? 0} times`,
    )
}
