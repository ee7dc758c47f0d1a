// Callers over HTTP that keep sending whatever fails. Each sends commands of several kinds, retries unanswered
// commands with their keys until they are answered, and sometimes repeats an answered one.
import { setTimeout as pause } from 'node:timers/promises'
import { password } from '../http/served.ts'
import type { Answer, Command, Ledger } from './ledger.ts'

/** Longer than any timeout of the service: a request without a response by then was lost. */
const answerMs = 40_000
/** How long a caller retries; every fault is over long before. */
const patienceMs = 60_000

/** The URLs of the running servers. */
export type Bases = () => readonly string[]

interface CallerDeps {
  readonly ledger: Ledger
  readonly bases: Bases
  /** 0 <= x < 1. */
  readonly random: () => number
}

/** The outcome of one attempt: an answer, or why there is none. */
type Outcome = Answer | 'unanswered' | 'nothing was recorded'

export class Caller {
  readonly #deps: CallerDeps
  readonly #name: string
  #password = password
  #token = ''
  #id = ''
  #sent = 0
  readonly #answered: [Command, Answer][] = []

  /** Registers a user with this unused name and logs in. */
  static async arrive(deps: CallerDeps, name: string): Promise<Caller> {
    const caller = new Caller(deps, name)
    const { text } = await caller.#retryUntilAnswered(caller.#registration(name))
    caller.#id = JSON.parse(text).id
    const [base = ''] = deps.bases()
    const body = JSON.stringify({ email: `${name}@example.org`, password })
    const headers = { 'content-type': 'application/json' }
    const login = await fetch(`${base}/sessions`, { method: 'POST', headers, body })
    caller.#token = ((await login.json()) as { token: string }).token
    return caller
  }

  private constructor(deps: CallerDeps, name: string) {
    this.#deps = deps
    this.#name = name
  }

  /** The user of the caller, with the token of their session. */
  get user() {
    return { id: this.#id, token: this.#token }
  }

  /** Sends commands until `isOver`, and then until the last one is answered. */
  async callUntil(isOver: () => boolean): Promise<void> {
    for (; !isOver(); await pause(this.#deps.random() * 8)) {
      const x = this.#deps.random()
      if (x < 0.2) await this.#sendOnce(this.#message())
      else if (x < 0.3) await this.#repeatOne()
      else await this.#retryUntilAnswered(this.#anything())
    }
  }

  /** Resolves when one of these servers has carried out a command. */
  async probe(bases: Bases): Promise<void> {
    await this.#retryUntilAnswered({ ...this.#message(), key: `probe-${this.#sent}` }, bases)
  }

  #anything(): Command {
    const x = this.#deps.random()
    const key = `${this.#name}-${this.#sent}`
    if (x < 0.1) return this.#registration(`${this.#name}-${this.#sent++}`)
    if (x < 0.2) return this.#passwordChange(key)
    return { ...(x < 0.4 ? this.#batch() : this.#message()), key }
  }

  #message(): Command {
    const mark = `${this.#name} ${this.#sent++}`
    const body = { to: this.#id, content: mark }
    return { path: '/messages', method: 'POST', body, mark, events: 1 }
  }

  #batch(): Command {
    const { body, ...one } = this.#message()
    return { ...one, path: '/messages/batch', body: { messages: [body, body, body] }, events: 3 }
  }

  #registration(username: string): Command {
    const mark = `${username}@example.org`
    const body = { email: mark, username, password }
    return { path: '/users', method: 'POST', body, key: '"register me"', mark, events: 1 }
  }

  #passwordChange(key: string): Command {
    const newPassword = `${password} ${this.#sent++}`
    const body = { currentPassword: this.#password, newPassword }
    this.#password = newPassword
    return { path: '/users/me/password', method: 'PUT', body, key, mark: this.#id, events: 1 }
  }

  /** Sends a command without a key, so the result of an unanswered one stays unknown. */
  async #sendOnce(command: Command): Promise<void> {
    const { ledger } = this.#deps
    const outcome = await this.#send(command, this.#anyBase(this.#deps.bases))
    if (outcome === 'unanswered') ledger.doubt(command)
    else if (outcome === 'nothing was recorded') ledger.deny(command)
    else ledger.acknowledge(command, outcome)
  }

  /** Sends a command with its key to random servers until it is answered. */
  async #retryUntilAnswered(command: Command, bases = this.#deps.bases): Promise<Answer> {
    for (const end = performance.now() + patienceMs; performance.now() < end; ) {
      const outcome = await this.#send(command, this.#anyBase(bases))
      if (typeof outcome === 'object') {
        this.#deps.ledger.acknowledge(command, outcome)
        this.#answered.push([command, outcome])
        return outcome
      }
      await pause(5 + this.#deps.random() * 40)
    }
    this.#deps.ledger.doubt(command)
    throw new Error(`no server answered ${command.mark} for ${patienceMs / 1000} s`)
  }

  /** Repeats an answered command, which must get the same answer, or none at the moment. */
  async #repeatOne(): Promise<void> {
    const [command] = this.#answered[Math.floor(this.#deps.random() * this.#answered.length)] ?? []
    if (!command) return
    const outcome = await this.#send(command, this.#anyBase(this.#deps.bases))
    if (typeof outcome === 'object') this.#deps.ledger.acknowledge(command, outcome)
  }

  #anyBase(bases: Bases): string | undefined {
    const all = bases()
    return all[Math.floor(this.#deps.random() * all.length)]
  }

  async #send({ path, method, body, key, mark }: Command, base?: string): Promise<Outcome> {
    if (!base) return 'nothing was recorded'
    const headers = {
      'content-type': 'application/json',
      ...(this.#token && { authorization: `Bearer ${this.#token}` }),
      ...(key && { 'idempotency-key': key }),
    }
    const signal = AbortSignal.timeout(answerMs)
    try {
      const init = { method, headers, body: JSON.stringify(body), signal }
      const response = await fetch(base + path, init)
      return this.#outcomeOf(mark, response, await response.text())
    } catch (error) {
      if (signal.aborted) this.#deps.ledger.violations.push(`${mark} was never answered`)
      else if (!(error instanceof TypeError)) throw error
      return 'unanswered'
    }
  }

  #outcomeOf(mark: string, { status, headers }: Response, text: string): Outcome {
    if (status < 300) {
      const header = (name: string) => headers.get(name)
      const position = header('epistle-position')
      return { status, text, location: header('location'), etag: header('etag'), position }
    }
    // An injected fault must not appear as an error of the caller or of the service.
    if (status !== 503) throw new Error(`${mark} was answered ${status} ${text}`)
    return /nothing was (?:recorded|done)/.test(text) ? 'nothing was recorded' : 'unanswered'
  }
}
