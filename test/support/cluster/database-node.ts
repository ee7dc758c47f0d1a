// A database node of a cluster: etcd, Patroni and the PostgreSQL that Patroni starts, as their files in deploy/cluster
// say. It can crash, hang and come back.
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Finishing } from '../database.ts'
import { type Started, start } from '../service.ts'
import { deployedOn } from './deployed-files.ts'
import type { Host, Network } from './network.ts'
import { asPostgres, isRoot } from './packages.ts'
import { childrenOf, killTree, signal, titleOf } from './process-trees.ts'

interface NodeOptions {
  readonly host: Host
  readonly network: Network
  /** An empty folder of the cluster. */
  readonly folder: string
  /** Without synchronous replication. */
  readonly isAsynchronous: boolean
}

export class DatabaseNode {
  readonly name: string
  readonly address: string
  readonly host: Host
  readonly #t: Finishing
  readonly #options: NodeOptions
  readonly #folder: string
  #etcd: Started | undefined
  #patroni: Started | undefined

  constructor(t: Finishing, options: NodeOptions) {
    this.#t = t
    this.#options = options
    this.host = options.host
    this.name = options.host.name
    this.address = options.host.address
    this.#folder = join(options.folder, this.name)
  }

  /** Writes the files of the node, and starts etcd, which answers when a second node has it. */
  async prepare(): Promise<void> {
    for (const path of ['etc/patroni', 'run/postgresql', 'var/lib/etcd', 'var/lib/postgresql/15'])
      await mkdir(join(this.#folder, path), { recursive: true, mode: 0o700 })
    const files = this.#files()
    const config = await files.text(`patroni/${this.name}.yml`)
    const mode = this.#options.isAsynchronous ? '$1: false' : '$&'
    const own = config.replace(/\b(synchronous_mode(?:_strict)?): true/g, mode)
    await writeFile(this.#config, own, { mode: 0o600 })
    if (isRoot) await promisify(execFile)('chown', ['-R', 'postgres:', this.#folder])
    await this.startEtcd()
  }

  async startEtcd(): Promise<void> {
    const env = await this.#files().settings(`etcd/${this.name}.env`)
    this.#etcd = this.#start(['/usr/bin/etcd'], env)
  }

  async startPatroni(): Promise<void> {
    const env = await this.#files().settings('patroni/secrets.env')
    this.#patroni = this.#start(['/usr/bin/patroni', this.#config], env)
    // Before the teardown of the process, which ends when PostgreSQL has closed its output, too.
    this.#t.teardown(() => this.crash())
  }

  /** Kills etcd without any clean-up. */
  async killEtcd(): Promise<void> {
    if (this.#etcd) await killTree(this.#etcd.pid)
    await this.#etcd?.ended
  }

  /** Kills Patroni and PostgreSQL without any clean-up. */
  async crash(): Promise<void> {
    if (this.#patroni) await killTree(this.#patroni.pid)
    await this.crashPostgres()
  }

  /** Kills PostgreSQL without any clean-up; Patroni runs on. */
  async crashPostgres(): Promise<void> {
    const pid = await this.#postmaster()
    if (pid !== undefined) await killTree(pid)
  }

  /** Stops Patroni in the middle of what it does; PostgreSQL runs on. */
  hang(): void {
    if (this.#patroni) signal(this.#patroni.pid, 'SIGSTOP')
  }

  resume(): void {
    if (this.#patroni) signal(this.#patroni.pid, 'SIGCONT')
  }

  /** Sends a signal to the process that receives the log of the primary server. Returns whether there is one. */
  async signalReceiver(name: NodeJS.Signals): Promise<boolean> {
    const children = await childrenOf((await this.#postmaster()) ?? 0)
    const titles = await Promise.all(children.map(titleOf))
    const receiver = children.find((_, index) => / walreceiver\b/.test(titles[index] ?? ''))
    if (receiver !== undefined) signal(receiver, name)
    return receiver !== undefined
  }

  /** A connection string over the node's own socket, which no partition affects. */
  url(user: string, database = 'epistle'): string {
    return `postgres://${user}@/${database}?host=${join(this.#folder, 'run/postgresql')}`
  }

  /** Runs `patronictl` on the node. */
  async control(...words: string[]): Promise<string> {
    const command = ['/usr/bin/patronictl', '-c', this.#config, ...words]
    const env = await this.#files().settings('patroni/secrets.env')
    const [program = '', ...args] = [...this.host.enter, ...asPostgres, ...command]
    const { PATH = '' } = process.env
    const { stdout } = await promisify(execFile)(program, args, {
      cwd: this.#folder,
      env: { ...env, PATH, HOME: this.#folder, LC_ALL: 'C.UTF-8' },
    })
    return stdout
  }

  /** The last lines of both, for the message of a failure. */
  lastWords(): string {
    const last = (text = '') => text.split('\n').slice(-15).join('\n')
    return `${this.name}:\n${last(this.#patroni?.stderr())}\n${last(this.#etcd?.stderr())}`
  }

  get #config(): string {
    return join(this.#folder, 'etc/patroni/config.yml')
  }

  #files() {
    return deployedOn(this.host, this.#folder, this.#options.network)
  }

  #start(command: readonly string[], settings: Readonly<Record<string, string>>): Started {
    const env = { ...settings, HOME: this.#folder, LC_ALL: 'C.UTF-8' }
    const whole = [...this.host.enter, ...asPostgres, ...command]
    return start(this.#t, whole, { cwd: this.#folder, env })
  }

  async #postmaster(): Promise<number | undefined> {
    const data = join(this.#folder, 'var/lib/postgresql/15/epistle')
    const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
    const pid = Number.parseInt(text, 10)
    // The file of a killed server stays, and its number can be that of another process by now.
    return (await titleOf(pid)).includes(` -D ${data}`) ? pid : undefined
  }
}
