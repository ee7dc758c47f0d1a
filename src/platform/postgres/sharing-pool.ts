/**
 * A pool that gets along with fewer connections than it may open. Where the database refuses one more (the
 * role's connection limit, a full server, a password that was changed), a query waits for one of those that
 * are open, as it does in a full pool.
 */

import pg from 'pg'

/** How long (ms) the pool does not try to open more connections after a refusal. */
const restMs = 10_000

export interface SharingPoolOptions extends pg.PoolConfig {
  readonly max: number
  /** Called with the refusal when the pool begins to share fewer connections. */
  readonly onRefused: (error: Error, open: number) => void
}

type Connected = Parameters<pg.Pool['connect']>[0]

export class SharingPool extends pg.Pool {
  readonly #max: number
  readonly #onRefused: SharingPoolOptions['onRefused']
  #open = 0
  #restUntil = 0
  #reported = ''

  constructor(options: SharingPoolOptions) {
    super(options)
    this.#max = options.max
    this.#onRefused = options.onRefused
    this.on('connect', (client) => {
      this.#open += 1
      // The pool listens while a client is idle; without a listener, an error at another time ends the process.
      client.on('error', () => undefined)
    })
    this.on('remove', () => {
      this.#open -= 1
    })
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Connected): void
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    if (!callback) return this.#connect()
    this.#connect().then(
      (client) => callback(undefined, client, client.release),
      (error) => callback(error, undefined, () => undefined),
    )
    return undefined
  }

  async #connect(): Promise<pg.PoolClient> {
    if (performance.now() >= this.#restUntil) this.options.max = this.#max
    try {
      return await super.connect()
    } catch (error) {
      // With none open there is nothing to wait for. Otherwise the next attempt waits in the pool's queue.
      if (!isRefusal(error) || this.#open === 0) throw error
      this.#restUntil = performance.now() + restMs
      this.options.max = this.#open
      this.#report(error)
      return this.#connect()
    }
  }

  /** Reports a refusal once, until its reason or the number of connections changes. */
  #report(error: pg.DatabaseError): void {
    const report = `${this.#open} ${error.message}`
    if (report !== this.#reported) this.#onRefused(error, this.#open)
    this.#reported = report
  }
}

/** Whether PostgreSQL or a pooler answered that it gives no connection, while those that are open may stay. */
function isRefusal(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(?:08|28|53)/.test(error.code ?? '')
}
