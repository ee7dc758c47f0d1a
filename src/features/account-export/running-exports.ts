/**
 * Which exports a server sends at the same time: one for each user, and a bounded number in all. When there is no room
 * for another one, the network with the most loses its oldest: a few clients that read slowly keep no one out.
 */

import { Problem } from '../../platform/http/problems/problem.ts'
import { Shares } from '../../platform/http/shares.ts'

export interface RunningExport {
  readonly userId: string
  /** The network that it counts for. */
  readonly client: string
  /** Breaks the download off. Without its last line, the client recognizes that it is incomplete. */
  readonly end: () => void
}

export class RunningExports {
  readonly #max: number
  readonly #users = new Set<string>()
  readonly #byClient = new Shares<RunningExport>()

  /** For `max` exports in all. */
  constructor(max: number) {
    this.#max = max
  }

  /** Counts an export, and ends another one if it needs its room. Throws `overloaded` if there is none. */
  admit(running: RunningExport): void {
    const { userId, client } = running
    if (this.#users.has(userId)) {
      const detail = 'Another export of yours is running on this server.'
      throw new Problem('overloaded', { detail })
    }
    if (this.#byClient.size >= this.#max) this.#makeRoomFor(client)
    this.#users.add(userId)
    this.#byClient.set(client, running, 1)
  }

  /** Counts an export no longer. */
  remove(running: RunningExport): void {
    const { userId, client } = running
    if (!this.#byClient.itemsOf(client).includes(running)) return
    this.#users.delete(userId)
    this.#byClient.delete(client, running)
  }

  #makeRoomFor(client: string): void {
    const gives = this.#byClient.toMakeRoomFor(client)
    if (!gives) {
      const detail = 'The server sends as many exports as it can.'
      throw new Problem('overloaded', { detail })
    }
    this.remove(gives)
    gives.end()
  }
}
