/**
 * Connections to receivers: one is kept for the next event, so that an endpoint costs no TLS handshake for each. Its
 * address was checked when it was opened (`target.ts`). A name can lead elsewhere later, so a connection is not kept for
 * long after its first use.
 */

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'

/** How long (ms) a connection waits for the next event, and how long it is kept in all. */
const idleMs = 30_000
const keptMs = 300_000
const options = { keepAlive: true, timeout: idleMs, maxFreeSockets: 4 }

export class Connections {
  readonly #firstUse = new WeakMap<Duplex, number>()
  readonly #http = new HttpAgent(options)
  readonly #https = new HttpsAgent(options)

  constructor() {
    for (const agent of [this.#http, this.#https]) {
      const keep = agent.keepSocketAlive.bind(agent)
      agent.keepSocketAlive = (socket) => this.#isYoung(socket) && keep(socket)
    }
  }

  /** The agent for a protocol of a URL. */
  agentFor(protocol: string): HttpAgent {
    return protocol === 'https:' ? this.#https : this.#http
  }

  /** Closes those that are kept. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #isYoung(socket: Duplex): boolean {
    const now = performance.now()
    const since = this.#firstUse.get(socket) ?? now
    this.#firstUse.set(socket, since)
    return now - since < keptMs
  }
}
