/**
 * The one connection of a writer: opened when it is needed, kept, and opened again after a loss.
 *
 * Several users can have queries on their way at once; PostgreSQL carries them out in the order in which they
 * were sent. When the connection is lost, all of them fail. Whether a query was carried out nevertheless is
 * for its user to find out.
 *
 * A query has no timer of its own. One timer for the connection notices a server that no longer answers.
 */

import type { Socket } from 'node:net'
import type { Client } from 'pg'
import { isUnconfirmed, UnconfirmedError } from '../../postgres/confirmed-commits.ts'
import { isAnswer, isReadOnly } from '../../postgres/query-errors.ts'

/** After how many checks a server is lost that sends nothing while a query waits. */
const silentChecks = 5
/**
 * How often (ms) the connection is checked. A silent server is noticed after 20 to 25 s, which is longer than
 * any statement may take.
 */
const defaultCheckMs = 5_000

export interface HeldConnectionOptions {
  /** Opens a connection with `pipeline: true`. */
  readonly open: () => Promise<Client>
  /** Called with the reason when the connection is lost while no query is on its way. */
  readonly onIdleLoss: (error: Error) => void
  readonly checkMs?: number
}

/** A connection that is closed until its first use. */
export class HeldConnection {
  readonly #options: HeldConnectionOptions
  readonly #checks: NodeJS.Timeout
  #client: Client | undefined
  #opening: Promise<Client> | undefined
  /** How many users have queries on their way. */
  #users = 0
  /** What the server had sent at the last check, and how many checks ago it sent the last of it. */
  #received = 0
  #silent = 0

  constructor(options: HeldConnectionOptions) {
    this.#options = options
    this.#checks = setInterval(() => this.#check(), options.checkMs ?? defaultCheckMs).unref()
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return this.#client !== undefined
  }

  /** Whether it is open and no query is on its way. */
  get isIdle(): boolean {
    return this.isOpen && this.#users === 0
  }

  /** Opens the connection if it is closed. Throws what `open` throws. */
  async open(): Promise<Client> {
    if (this.#client) return this.#client
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  /**
   * Runs queries. When one fails without an answer, or because the session is read-only, the connection is
   * given up, and all queries on it fail.
   */
  async use<T>(queries: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#client ?? (await this.open())
    this.#users += 1
    try {
      return await queries(client)
    } catch (error) {
      if (!isAnswer(error) || isReadOnly(error)) this.#giveUp(client)
      throw error
    } finally {
      this.#users -= 1
    }
  }

  /** Closes the connection after the last use. */
  end(): void {
    clearInterval(this.#checks)
    this.#client?.end().catch(() => undefined)
    this.#client = undefined
  }

  async #connect(): Promise<Client> {
    const client = await this.#options.open()
    client.on('error', (error) => {
      if (this.#giveUp(client) && this.#users === 0) this.#options.onIdleLoss(error)
    })
    client.on('notice', (notice) => {
      // Breaks the connection before the answer is taken for a success.
      if (isUnconfirmed(notice)) client.connection.stream.destroy(new UnconfirmedError())
    })
    this.#client = client
    return client
  }

  /** Breaks the connection, so that all its queries fail. Returns whether it was the present one. */
  #giveUp(client: Client): boolean {
    client.connection.stream.destroy()
    if (this.#client !== client) return false
    this.#client = undefined
    return true
  }

  #check(): void {
    const stream = this.#client?.connection.stream as Socket | undefined
    const received = stream?.bytesRead ?? 0
    this.#silent = this.#users > 0 && received === this.#received ? this.#silent + 1 : 0
    this.#received = received
    if (this.#silent < silentChecks) return
    this.#silent = 0
    stream?.destroy(new Error('the database did not answer in time'))
  }
}
