// The whole of deploy/cluster on this machine: three database nodes and two machines of servers, with Epistle's database
// installed as an operator does it.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Finishing } from '../database.ts'
import { query } from '../embedded-postgres/embedding.ts'
import { epistle, finished } from '../service.ts'
import { until } from '../until.ts'
import { DatabaseNode } from './database-node.ts'
import { clusterPassword } from './deployed-files.ts'
import { createNetwork, type HostName, type Network } from './network.ts'
import { ServerMachine } from './server-machine.ts'

interface ClusterOptions {
  /** Without synchronous replication, for a cluster that loses commits. */
  readonly isAsynchronous?: boolean
}

/** Patroni's view of a node. */
interface Member {
  readonly name: string
  readonly role: string
  readonly state: string
  readonly timeline?: number
  readonly lag?: number | string
}

/** Starts a cluster whose servers are ready. It is removed after the test. */
export async function startCluster(t: Finishing, options: ClusterOptions = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'epistle-cluster-'))
  // The user `postgres` passes through to the folders of its own.
  await chmod(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const network = await createNetwork(t)
  const { isAsynchronous = false } = options
  const { hosts } = network
  const node = (name: HostName) =>
    new DatabaseNode(t, { host: hosts[name], network, folder, isAsynchronous })
  const nodes = [node('n1'), node('n2'), node('n3')] as const
  const machine = (name: HostName) => new ServerMachine(t, hosts[name], network, folder)
  const cluster = new Cluster(network, nodes, [machine('s1'), machine('s2')], isAsynchronous)
  await cluster.start(t)
  return cluster
}

export class Cluster {
  readonly network: Network
  readonly nodes: readonly DatabaseNode[]
  readonly machines: readonly [ServerMachine, ServerMachine]
  readonly #isAsynchronous: boolean

  constructor(
    network: Network,
    nodes: readonly DatabaseNode[],
    machines: readonly [ServerMachine, ServerMachine],
    isAsynchronous: boolean,
  ) {
    this.network = network
    this.#isAsynchronous = isAsynchronous
    this.nodes = nodes
    this.machines = machines
  }

  async start(t: Finishing): Promise<void> {
    for (const node of this.nodes) await node.prepare()
    await Promise.all(this.nodes.map((node) => node.startPatroni()))
    await this.untilWhole(120)
    const primary = await this.primary()
    const login = `login password '${clusterPassword}'`
    await query(
      primary.url('postgres', 'postgres'),
      `create role epistle_owner ${login} createrole`,
    )
    await query(primary.url('postgres', 'postgres'), 'create database epistle owner epistle_owner')
    await query(primary.url('postgres', 'postgres'), 'grant pg_monitor to epistle_owner')
    // In two steps, so that old read tables stay live beside their successors.
    for (const to of [['--to', '9'], []]) {
      const { code, stderr } = await this.command(t, ['install', ...to])
      if (code !== 0) throw new Error(stderr)
    }
    await query(
      primary.url('postgres'),
      `create role epistle_server ${login} in role epistle_service`,
    )
    await Promise.all(this.machines.map((machine) => machine.startProxy()))
    // Until its first checks, HAProxy takes each node for the primary server. systemd would start a server again.
    await pause(3_000)
    await Promise.all(this.machines.map((machine) => machine.startServer()))
  }

  /** Runs Epistle's command line as the owner of the database, on the primary server. */
  async command(t: Finishing, words: readonly string[]) {
    const env = { DATABASE_URL: (await this.primary()).url('epistle_owner') }
    return finished(epistle(t, words, { env }))
  }

  /** The node with the leader key whose PostgreSQL is a primary server, other than `former`. Waits for one. */
  primary(former?: DatabaseNode): Promise<DatabaseNode> {
    return until('there is a primary server', () => this.#withRole('primary', former), 90)
  }

  /** The synchronous standby. Waits for one. */
  standby(): Promise<DatabaseNode> {
    return until('there is a synchronous standby', () => this.#withRole('sync'), 90)
  }

  /** Resolves when all nodes run in one timeline and one of them is the synchronous standby. */
  async untilWhole(seconds = 180): Promise<void> {
    await until('the cluster is whole', () => this.isWhole(), seconds).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.lastWords()}`)
    })
  }

  /** Resolves when the servers are ready, too. */
  async untilServing(): Promise<void> {
    await this.untilWhole()
    for (const machine of this.machines)
      await until(`${machine.name} is ready`, () => machine.isReady(), 60)
  }

  /** The last lines that all processes wrote. */
  lastWords(): string {
    return [...this.nodes, ...this.machines].map((one) => one.lastWords()).join('\n')
  }

  async isWhole(): Promise<boolean> {
    const members = await this.members()
    const roles = members.map(({ role }) => role).sort()
    const [timeline] = members.map((member) => member.timeline)
    return (
      members.length === 3 &&
      members.every((member) => /^(running|streaming)$/.test(member.state)) &&
      members.every((member) => member.timeline === timeline) &&
      roles.includes('leader') &&
      (this.#isAsynchronous || roles.includes('sync_standby'))
    )
  }

  async members(): Promise<readonly Member[]> {
    for (const { address } of this.nodes) {
      const { status, text } = await get(`http://${address}:8008/cluster`)
      if (status === 200) return (JSON.parse(text) as { members: readonly Member[] }).members
    }
    return []
  }

  async #withRole(
    role: 'primary' | 'sync',
    former?: DatabaseNode,
  ): Promise<DatabaseNode | undefined> {
    for (const node of this.nodes.filter((one) => one !== former)) {
      const { status } = await get(`http://${node.address}:8008/${role}`)
      if (status === 200) return node
    }
    return undefined
  }
}

/** The response of a Patroni; status 0 where none came, as from a node that is down. */
async function get(url: string): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return { status: answer.status, text: await answer.text() }
  } catch {
    return { status: 0, text: '' }
  }
}
