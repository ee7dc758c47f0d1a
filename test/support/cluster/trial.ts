// A cluster under load: senders and readers at both servers, a ledger of what they were answered, and its comparison
// with the log.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { Ledger } from '../faults/ledger.ts'
import { connect } from '../installed.ts'
import { randomness } from '../racing-writers.ts'
import { until } from '../until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { Responses } from './responses.ts'
import { Sender, type SenderDeps } from './sender.ts'

const senderCount = 64
const readerCount = 8

export class Trial {
  readonly cluster: Cluster
  readonly responses: Responses
  readonly senders: readonly Sender[]
  readonly #ledger: Ledger
  /** The database has a release that `epistle verify` of this checkout lacks; a scenario verifies it itself. */
  isAheadOfCode = false

  static async start(t: Test, options?: Parameters<typeof startCluster>[1]): Promise<Trial> {
    const cluster = await startCluster(t, options)
    const [ledger, responses] = [new Ledger(), new Responses()]
    const random = randomness(Number(process.env.SOAK_SEED ?? 1))
    const deps: SenderDeps = { machines: cluster.machines, ledger, responses, random }
    const senders: Sender[] = []
    for (let n = 0; n < senderCount; n += 1) senders.push(await Sender.arrive(deps, `ada${n}`))
    return new Trial(cluster, responses, senders, ledger)
  }

  private constructor(
    cluster: Cluster,
    responses: Responses,
    senders: readonly Sender[],
    ledger: Ledger,
  ) {
    this.cluster = cluster
    this.responses = responses
    this.senders = senders
    this.#ledger = ledger
  }

  /** Runs something under load, and lets each sender finish its last command. */
  async underLoad<Result>(run: () => Promise<Result>): Promise<Result> {
    let over = false
    const isOver = () => over
    const recipients = this.senders.map(({ user }) => user.id)
    const load = Promise.allSettled([
      ...this.senders.map((sender) => sender.sendUntil(isOver, recipients)),
      ...this.senders.slice(0, readerCount).map((sender) => sender.readUntil(isOver)),
    ])
    try {
      await this.flowing()
      return await run()
    } finally {
      over = true
      for (const one of await load)
        if (one.status === 'rejected') this.responses.violations.push(String(one.reason))
    }
  }

  /** Resolves when each server carries out commands, and has done so for two seconds. */
  async flowing(): Promise<void> {
    const now = performance.now()
    for (const { name } of this.cluster.machines)
      await until(`${name} carries out commands`, async () => this.#since(now, name), 60)
    await pause(2_000)
  }

  /**
   * Does something to the cluster, and waits until commands are carried out again and the cluster is `settled`. Returns
   * the longest time (ms) in which no client had a command carried out.
   */
  async pauseOf(act: () => Promise<unknown>, settled = async () => {}): Promise<number> {
    const from = performance.now()
    await act()
    await pause(2_000)
    await settled()
    const now = performance.now()
    await until('commands are carried out', async () => this.#since(now), 90)
    return this.responses.longestPause(from)
  }

  /** Events with this mark that no sender sent are in the log. */
  recorded(mark: string, events: number): void {
    this.#ledger.doubt({ path: '', method: 'POST', body: {}, mark, events })
  }

  /** Every difference between what clients were answered and the log, and what `epistle verify` finds. */
  async audit(t: Test): Promise<readonly string[]> {
    await this.cluster.untilServing()
    const { violations } = this.responses
    const db = await connect(t, (await this.cluster.primary()).url('postgres'))
    const found = [...violations, ...(await this.#ledger.audit(db))]
    await db.end()
    if (!this.isAheadOfCode) {
      const { code, stdout, stderr } = await this.cluster.command(t, ['verify'])
      if (code !== 0) found.push(stdout + stderr)
    }
    for (const machine of this.cluster.machines)
      if (!machine.isAlive) found.push(`a process of ${machine.name} has ended`)
    return found
  }

  #since(moment: number, server?: string): number {
    return this.responses.since(moment, 'command', server).length
  }
}
