// Sustained traffic of servers of several releases: begun and ended release by release, as a
// roll-out does it. Whatever fails is kept as a fault; nothing is tried a second time.
import { setTimeout as pause } from 'node:timers/promises'
import { speakByHeader } from './release-client.ts'
import { releaseClients } from './release-clients.ts'
import type { ReleaseClient, SharedState } from './shared-state.ts'

/** Servers of each release. */
const serversEach = 2
/** Between two things that a server does: enough for a machine that others use, too. */
const restMs = 8

export class Traffic {
  readonly state: SharedState
  /** How often each spoke. */
  readonly spoken: Record<string, number> = {}
  private readonly speaking = new Set<string>()
  private readonly loops: Promise<void>[] = []
  private readonly steps = new Set<Promise<void>>()

  constructor(state: SharedState) {
    this.state = state
    this.start('header and row', speakByHeader, 1)
  }

  /** The servers of a release start, which the database has just got. */
  begin(release: number): void {
    this.state.running.add(release)
    this.start(`release ${release}`, releaseClients[release] as ReleaseClient, serversEach)
  }

  /** The servers of a release stop; when this resolves, nobody speaks as they did. */
  async end(release: number): Promise<void> {
    this.state.running.delete(release)
    this.speaking.delete(`release ${release}`)
    await Promise.all(this.steps)
  }

  /** Everybody stops. */
  async stop(): Promise<void> {
    this.speaking.clear()
    await Promise.all(this.loops)
  }

  private start(name: string, speak: ReleaseClient, times: number): void {
    this.speaking.add(name)
    this.spoken[name] = 0
    for (let n = 0; n < times; n++) this.loops.push(this.loop(name, speak))
  }

  private async loop(name: string, speak: ReleaseClient): Promise<void> {
    while (this.speaking.has(name)) {
      const step = speak(this.state).catch((error: Error) => {
        this.state.faults.push(`${name}: ${error.message}`)
      })
      this.steps.add(step)
      await step
      this.steps.delete(step)
      this.spoken[name] = (this.spoken[name] ?? 0) + 1
      await pause(restMs)
    }
  }
}
