// The hosts of a cluster on this machine. Each is a network namespace of its own, and a bridge joins them; two bridges
// are a network in two parts. Where namespaces are not permitted, a host is an address of loopback, and the network
// cannot be parted. No process of a cluster can be reached from outside this machine.
import { execFile } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'
import type { Finishing } from '../database.ts'
import { whyWithoutNamespaces } from './packages.ts'

/** Database nodes and machines of servers, by the last number of their address in deploy/cluster. */
export const numbers = { n1: 1, n2: 2, n3: 3, s1: 11, s2: 12 } as const

export type HostName = keyof typeof numbers
export const hostNames = Object.keys(numbers) as HostName[]

export interface Host {
  readonly name: HostName
  /** Its address for the other hosts, and for tests, which reach every part of a network. */
  readonly address: string
  /** The address of the host's own loopback. */
  readonly loopback: string
  /** The words before a command that make it run on this host. */
  readonly enter: readonly string[]
}

export interface Network {
  /** What the addresses of all hosts begin with. */
  readonly prefix: string
  readonly hosts: Readonly<Record<HostName, Host>>
  /** Cuts these hosts off from the others, without a notice to either. Undefined where that is not possible. */
  readonly part: ((names: readonly HostName[]) => Promise<void>) | undefined
  /** Joins all hosts again. */
  readonly join: () => Promise<void>
}

/** A network, which is removed after the test. */
export async function createNetwork(t: Finishing): Promise<Network> {
  return whyWithoutNamespaces() ? loopbackNetwork() : namespaces(t)
}

function loopbackNetwork(): Network {
  const prefix = `127.${64 + (process.pid % 100)}.0.`
  const host = (name: HostName): Host => {
    const address = `${prefix}${numbers[name]}`
    return { name, address, loopback: address, enter: [] }
  }
  return { prefix, hosts: eachHost(host), part: undefined, join: async () => undefined }
}

async function namespaces(t: Finishing): Promise<Network> {
  const id = `e${process.pid}`
  const net = unusedNet()
  const hub = `${id}hub`
  t.teardown(async () => {
    // The links end with the namespaces.
    for (const name of [...hostNames, 'hub']) await ip(`netns delete ${id}${name}`)
  })
  await ip(`netns add ${hub}`)
  for (const bridge of ['whole', 'part']) {
    await ip(`-n ${hub} link add ${bridge} type bridge`)
    await ip(`-n ${hub} link set ${bridge} up`)
  }
  for (const name of hostNames) await addHost(id, net, name)
  const move = (names: readonly HostName[], bridge: string) =>
    Promise.all(names.map((name) => ip(`-n ${hub} link set ${name} master ${bridge}`)))
  const host = (name: HostName): Host => ({
    name,
    address: `${net}.0.${numbers[name]}`,
    loopback: '127.0.0.1',
    enter: ['ip', 'netns', 'exec', `${id}${name}`],
  })
  return {
    prefix: `${net}.0.`,
    hosts: eachHost(host),
    part: async (names) => void (await move(names, 'part')),
    join: async () => void (await move(hostNames, 'whole')),
  }
}

/** A host with a link to the bridge and one to the namespace of the tests, which can reach the first address by it. */
async function addHost(id: string, net: string, name: HostName): Promise<void> {
  const [own, number] = [`${id}${name}`, numbers[name]]
  await ip(`netns add ${own}`)
  await ip(`-n ${own} link set lo up`)
  await ip(`-n ${id}hub link add ${name} type veth peer name inner netns ${own}`)
  await ip(`-n ${id}hub link set ${name} master whole up`)
  await ip(`-n ${own} address add ${net}.0.${number}/24 dev inner`)
  await ip(`-n ${own} link set inner up`)
  await ip(`link add ${own} type veth peer name outer netns ${own}`)
  await ip(`address add ${net}.${number}.1/30 dev ${own}`)
  await ip(`-n ${own} address add ${net}.${number}.2/30 dev outer`)
  await ip(`link set ${own} up`)
  await ip(`-n ${own} link set outer up`)
  await ip(`route add ${net}.0.${number}/32 via ${net}.${number}.2`)
}

async function ip(words: string): Promise<void> {
  await promisify(execFile)('ip', words.split(' '))
}

/** The first two numbers of a private network that this machine does not use. */
function unusedNet(): string {
  const used = Object.values(networkInterfaces()).flatMap((own) => own?.map((one) => one.address))
  for (let n = 64 + (process.pid % 100); ; n += 1) {
    if (!used.some((address) => address?.startsWith(`10.${n}.`))) return `10.${n}`
  }
}

function eachHost(host: (name: HostName) => Host): Record<HostName, Host> {
  return Object.fromEntries(hostNames.map((name) => [name, host(name)])) as Record<HostName, Host>
}
