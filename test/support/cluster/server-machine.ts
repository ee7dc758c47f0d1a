// A machine of Epistle's servers: HAProxy and `epistle serve`, with the files of deploy/cluster.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finishing } from '../database.ts'
import { checkout } from '../markdown.ts'
import { type Started, start } from '../service.ts'
import { until } from '../until.ts'
import { deployedOn } from './deployed-files.ts'
import type { Host, Network } from './network.ts'
import { signal } from './process-trees.ts'

/** Quick hashes and no rate limits, and no line for each request. */
const forTests = {
  ARGON2_MEMORY_KIB: '1024',
  ARGON2_PASSES: '1',
  RATE_LIMITS: 'off',
  LOG_LEVEL: 'warn',
}

export class ServerMachine {
  readonly name: string
  readonly base: string
  readonly #t: Finishing
  readonly host: Host
  readonly #network: Network
  readonly #folder: string
  #server: Started | undefined
  #proxy: Started | undefined

  constructor(t: Finishing, host: Host, network: Network, folder: string) {
    this.#t = t
    this.host = host
    this.#network = network
    this.#folder = join(folder, host.name)
    this.name = host.name
    this.base = `http://${host.address}:3000`
  }

  /** Starts HAProxy, which looks for the primary server from now on. */
  async startProxy(): Promise<void> {
    await mkdir(join(this.#folder, 'run/haproxy'), { recursive: true })
    const file = join(this.#folder, 'haproxy.cfg')
    await writeFile(file, await this.#files().text('haproxy/haproxy.cfg'))
    const command = ['/usr/sbin/haproxy', '-db', '-f', file]
    this.#proxy = start(this.#t, [...this.host.enter, ...command])
  }

  /** Starts the server. Resolves when it is ready. */
  async startServer(): Promise<void> {
    const settings = await this.#files().settings('epistle/epistle.env')
    const env = { ...settings, ...forTests, HOST: this.host.address }
    const command = [process.execPath, join(checkout, 'src/main.ts'), 'serve']
    this.#server = start(this.#t, [...this.host.enter, ...command], { env })
    await until(`${this.name} is ready`, () => this.isReady(), 60)
  }

  async isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(3_000)
    const answer = await fetch(`${this.base}/readyz`, { signal }).catch(() => undefined)
    return answer?.status === 200
  }

  /** Stops the server in the middle of what it does. Its connections stay open. */
  hang(): void {
    if (this.#server) signal(this.#server.pid, 'SIGSTOP')
  }

  resume(): void {
    if (this.#server) signal(this.#server.pid, 'SIGCONT')
  }

  /** Whether server and proxy still run. */
  get isAlive(): boolean {
    return [this.#server, this.#proxy].every(
      (one) => one?.child.exitCode === null && one.child.signalCode === null,
    )
  }

  /** The last lines of both and every error of the server, for the message of a failure. */
  lastWords(): string {
    const lines = (one?: Started) => `${one?.stdout()}${one?.stderr()}`.split('\n')
    const errors = lines(this.#server).filter((line) => line.includes('"level":"error"'))
    const last = [...lines(this.#server).slice(-15), ...lines(this.#proxy).slice(-15)]
    return [this.name, ...errors.slice(-20), ...last].join('\n')
  }

  #files() {
    return deployedOn(this.host, this.#folder, this.#network)
  }
}
