// Sustained traffic of the clients of several releases, started and stopped release by release as in a
// roll-out. A failed statement is recorded as a failure; there are no retries.
import { setTimeout as pause } from 'node:timers/promises'
import { headerAndRowClient } from './client-steps.ts'
import { releaseClients } from './release-clients.ts'
import type { ReleaseClient, SharedState } from './shared-state.ts'

/** Clients of each release. */
const clientsEach = 2
/**
 * The pause between two steps of a client is this long for each client that runs, so that together they do not
 * step more often the more they are: they would only take the processor from the installs.
 */
const pauseMs = 40

export class Traffic {
  readonly state: SharedState
  /** How many steps each client has done. */
  readonly stepCounts: Record<string, number> = {}
  private readonly running = new Set<string>()
  private clients = 0
  private readonly loops: Promise<void>[] = []
  private readonly steps = new Set<Promise<void>>()

  constructor(state: SharedState) {
    this.state = state
    this.start('header and row', headerAndRowClient, 1)
  }

  /** Starts the clients of a release that has just been installed. */
  begin(release: number): void {
    this.state.running.add(release)
    this.start(`release ${release}`, releaseClients[release] as ReleaseClient, clientsEach)
  }

  /** Stops the clients of a release. Resolves once no step of theirs is running. */
  async end(release: number): Promise<void> {
    this.state.running.delete(release)
    this.running.delete(`release ${release}`)
    await Promise.all(this.steps)
  }

  /** Resolves once every client has done so many steps. */
  async stepped(count: number): Promise<void> {
    while (Object.values(this.stepCounts).some((steps) => steps < count)) await pause(20)
  }

  /** Stops all clients. */
  async stop(): Promise<void> {
    this.running.clear()
    await Promise.all(this.loops)
  }

  private start(name: string, client: ReleaseClient, times: number): void {
    this.running.add(name)
    this.stepCounts[name] = 0
    for (let n = 0; n < times; n++) this.loops.push(this.loop(name, client))
  }

  private async loop(name: string, client: ReleaseClient): Promise<void> {
    this.clients += 1
    while (this.running.has(name)) {
      const step = client(this.state).catch((error: Error) => {
        this.state.failures.push(`${name}: ${error.message}`)
      })
      this.steps.add(step)
      await step
      this.steps.delete(step)
      this.stepCounts[name] = (this.stepCounts[name] ?? 0) + 1
      await pause(pauseMs * this.clients)
    }
    this.clients -= 1
  }
}
