// Servers as operators run them: each is an `epistle serve` in an OS process that can be killed and restarted.
import { once } from 'node:events'
import type { Finishing } from '../database.ts'
import { epistle, type Started } from '../service.ts'

/** Quick hashes, a free port, and no rate limits. */
const env = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }

export class Server {
  readonly #t: Finishing
  readonly #databaseUrl: string
  #process: Started
  /** The URL of the server; undefined while it does not run. */
  base: string | undefined

  /** Starts a server. Resolves when it listens. */
  static async start(t: Finishing, databaseUrl: string): Promise<Server> {
    const server = new Server(t, databaseUrl)
    await server.#listening()
    return server
  }

  private constructor(t: Finishing, databaseUrl: string) {
    this.#t = t
    this.#databaseUrl = databaseUrl
    this.#process = this.#spawn()
  }

  get isAlive(): boolean {
    const { exitCode, signalCode } = this.#process.child
    return exitCode === null && signalCode === null
  }

  /** Kills the server without any clean-up. */
  async kill(): Promise<void> {
    this.base = undefined
    const { child } = this.#process
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Starts the server again. Resolves when it listens. */
  async startAgain(): Promise<void> {
    this.#process = this.#spawn()
    await this.#listening()
  }

  #spawn(): Started {
    return epistle(this.#t, ['serve'], { env: { ...env, DATABASE_URL: this.#databaseUrl } })
  }

  async #listening(): Promise<void> {
    const [, base] = await this.#process.said(/listening on (http:[^\s"]+)/)
    this.base = base
  }
}
