// A client of a cluster: it sends commands with Idempotency-Keys to any of the servers, and retries each with its key
// until it is carried out, however long that takes.
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, Command, Ledger } from '../faults/ledger.ts'
import { password } from '../http/served.ts'
import type { Responses } from './responses.ts'
import type { ServerMachine } from './server-machine.ts'

/** Longer than a server waits for its database, twice. */
const answerMs = 90_000
/** How long (ms) a client retries; every scenario is over before. */
const patienceMs = 300_000
/** The average time (ms) between two commands of a client. */
const paceMs = Number(process.env.SOAK_PACE_MS ?? 100)

export interface SenderDeps {
  readonly machines: readonly ServerMachine[]
  readonly ledger: Ledger
  readonly responses: Responses
  /** 0 <= x < 1. */
  readonly random: () => number
}

export class Sender {
  readonly #deps: SenderDeps
  readonly #name: string
  #token = ''
  #id = ''
  #sent = 0
  readonly #carriedOut: [Command, Answer][] = []

  /** Registers a user with this unused name and logs in. */
  static async arrive(deps: SenderDeps, name: string): Promise<Sender> {
    const sender = new Sender(deps, name)
    const { text } = await sender.#carryOut(sender.#registration(name))
    sender.#id = JSON.parse(text).id
    const body = JSON.stringify({ email: `${name}@example.org`, password })
    const headers = { 'content-type': 'application/json' }
    const login = await fetch(`${deps.machines[0]?.base}/sessions`, {
      method: 'POST',
      headers,
      body,
    })
    sender.#token = ((await login.json()) as { token: string }).token
    return sender
  }

  private constructor(deps: SenderDeps, name: string) {
    this.#deps = deps
    this.#name = name
  }

  get user() {
    return { id: this.#id, token: this.#token }
  }

  /** Sends commands to these users until `isOver`, and then until the last one is carried out. */
  async sendUntil(isOver: () => boolean, recipients: readonly string[]): Promise<void> {
    for (; !isOver(); await pause(this.#deps.random() * 2 * paceMs)) {
      const x = this.#deps.random()
      if (x < 0.1) await this.#repeatOne()
      else if (x < 0.12) await this.#carryOut(this.#registration(`${this.#name}-${this.#sent++}`))
      else await this.#carryOut(x < 0.2 ? this.#batch(recipients) : this.#message(recipients))
    }
  }

  /**
   * Reads at any of the servers until `isOver`, half of the time with the greatest known position, which lets a standby
   * answer. No response may show less than clients know already.
   */
  async readUntil(isOver: () => boolean): Promise<void> {
    const { responses, random } = this.#deps
    for (; !isOver(); await pause(random() * 2 * paceMs)) {
      const machine = this.#anyMachine()
      const known = responses.position
      const headers: Record<string, string> =
        random() < 0.5 ? { 'epistle-position': `${known}` } : {}
      const response = await this.#fetch(machine, '/messages?limit=5', { headers })
      if (!response?.ok) continue
      await response.text()
      responses.succeeded(machine.name, 'query')
      const shown = BigInt(response.headers.get('epistle-position') ?? -1)
      if (shown < known) {
        const lag = `${shown} < ${known}`
        responses.stale.push({ at: performance.now(), server: machine.name, shown: lag })
      }
    }
  }

  #message(recipients: readonly string[]): Command {
    const mark = `${this.#name} ${this.#sent++}`
    const to = recipients[Math.floor(this.#deps.random() * recipients.length)] ?? this.#id
    const body = { to, content: mark }
    return { path: '/messages', method: 'POST', body, key: `"${mark}"`, mark, events: 1 }
  }

  #batch(recipients: readonly string[]): Command {
    const { body, ...one } = this.#message(recipients)
    return { ...one, path: '/messages/batch', body: { messages: [body, body, body] }, events: 3 }
  }

  #registration(username: string): Command {
    const mark = `${username}@example.org`
    const body = { email: mark, username, password }
    return { path: '/users', method: 'POST', body, key: '"register me"', mark, events: 1 }
  }

  /** Repeats a command that was carried out: it must get the same response. */
  async #repeatOne(): Promise<void> {
    const index = Math.floor(this.#deps.random() * this.#carriedOut.length)
    const [command] = this.#carriedOut[index] ?? []
    const answer = command && (await this.#attempt(command, 'repeat'))
    if (command && answer) this.#deps.ledger.acknowledge(command, answer)
  }

  /** Sends a command to random servers until one carries it out. */
  async #carryOut(command: Command): Promise<Answer> {
    const { ledger, responses, random } = this.#deps
    const known = responses.position
    for (const end = performance.now() + patienceMs; performance.now() < end; ) {
      const answer = await this.#attempt(command, 'command')
      if (answer) {
        ledger.acknowledge(command, answer)
        this.#carriedOut.push([command, answer])
        this.#learn(command, BigInt(answer.position ?? -1), known)
        return answer
      }
      await pause(100 + random() * 200)
    }
    ledger.doubt(command)
    throw new Error(`no server carried out ${command.mark} for ${patienceMs / 1000} s`)
  }

  /** Positions rise: a command is after every command that a client knew of before it was sent. */
  #learn({ mark }: Command, position: bigint, known: bigint): void {
    const { responses } = this.#deps
    if (position <= known)
      responses.violations.push(`${mark} is at ${position}, although ${known} was known before`)
    if (position > responses.position) responses.position = position
  }

  async #attempt(
    { path, method, body, key }: Command,
    kind: 'command' | 'repeat',
  ): Promise<Answer | undefined> {
    const machine = this.#anyMachine()
    const headers = { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) }
    const init = { method, headers, body: JSON.stringify(body) }
    const response = await this.#fetch(machine, path, init)
    if (!response?.ok) return undefined
    const text = await response.text()
    const header = (name: string) => response.headers.get(name)
    const position = header('epistle-position')
    this.#deps.responses.succeeded(machine.name, kind, position)
    const { status } = response
    return { status, text, location: header('location'), etag: header('etag'), position }
  }

  /** A response that is a success; others are recorded. */
  async #fetch(
    machine: ServerMachine,
    path: string,
    init: RequestInit,
  ): Promise<Response | undefined> {
    const { responses } = this.#deps
    const what = `${init.method ?? 'GET'} ${path} of ${this.#name} at ${machine.name}`
    const authorization = this.#token && { authorization: `Bearer ${this.#token}` }
    const headers = { ...(init.headers as Record<string, string>), ...authorization }
    try {
      const signal = AbortSignal.timeout(answerMs)
      const response = await fetch(machine.base + path, { ...init, headers, signal })
      if (response.ok) return response
      responses.failed(what, response, await response.text())
    } catch (error) {
      responses.failed(what, error as Error)
    }
    return undefined
  }

  #anyMachine(): ServerMachine {
    const { machines, random } = this.#deps
    return machines[Math.floor(random() * machines.length)] as ServerMachine
  }
}
