// Servers as operators run them: each `epistle serve` in a process of its own, killed and started again.
import { once } from 'node:events'
import type { Finishing } from '../database.ts'
import { epistle, type Started } from '../service.ts'

/** Quick hashes; a port of its own; callers who may call as often as they can. */
const env = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }

export class Server {
  readonly #t: Finishing
  readonly #databaseUrl: string
  #process: Started
  /** Where it listens; undefined while it does not run. */
  base: string | undefined

  /** Starts one; answers when it listens. */
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

  /** Ends it with no leave to clean up. */
  async kill(): Promise<void> {
    this.base = undefined
    const { child } = this.#process
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Starts it again; answers when it listens. */
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
