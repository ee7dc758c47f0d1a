// A client that reads live updates at any of a cluster's servers, and comes back with its last position whenever its
// stream ends.
import { setTimeout as pause } from 'node:timers/promises'
import type { Finishing } from '../database.ts'
import { type Frame, follow, type Reader } from '../live-updates/reader.ts'
import type { Responses } from './responses.ts'
import type { ServerMachine } from './server-machine.ts'

interface ListenerDeps {
  readonly t: Finishing
  readonly machines: readonly ServerMachine[]
  readonly responses: Responses
  /** 0 <= x < 1. */
  readonly random: () => number
}

export class Listener {
  readonly user: { readonly id: string; readonly token: string }
  readonly #deps: ListenerDeps
  readonly #earlier: Frame[] = []
  #reader: Reader | undefined
  #lastId: string | undefined
  #isOver = false
  /** How often it opened a stream. */
  opened = 0

  constructor(deps: ListenerDeps, user: { readonly id: string; readonly token: string }) {
    this.#deps = deps
    this.user = user
  }

  /** Opens streams until `stop`. */
  async listen(): Promise<void> {
    const { machines, random } = this.#deps
    while (!this.#isOver) {
      const machine = machines[Math.floor(random() * machines.length)] as ServerMachine
      const reader = await this.#open(machine)
      await reader?.ended
      if (reader) this.#collect(reader)
      await pause(200 + random() * 300)
    }
  }

  stop(): void {
    this.#isOver = true
    this.#reader?.leave()
  }

  /** The frames so far, in the order of arrival. */
  get frames(): readonly Frame[] {
    return [...this.#earlier, ...(this.#reader?.frames ?? [])]
  }

  async #open(machine: ServerMachine): Promise<Reader | undefined> {
    const { t, responses } = this.#deps
    try {
      const reader = await follow(t, machine.base, this.user.token, this.#lastId)
      if (reader.response.status === 200) {
        this.opened += 1
        this.#reader = reader
        return reader
      }
      responses.failed(`a stream at ${machine.name}`, reader.response)
      await reader.ended
    } catch (error) {
      responses.failed(`a stream at ${machine.name}`, error as Error)
    }
    return undefined
  }

  #collect({ frames }: Reader): void {
    this.#earlier.push(...frames)
    this.#reader = undefined
    this.#lastId = this.#earlier.at(-1)?.id
  }
}
