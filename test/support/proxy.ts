// A network between a client and PostgreSQL with the faults of real networks: it breaks connections, loses
// responses, and delays requests until no client waits for them. It stands in for something outside of us.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Finishing } from './database.ts'

/** One connection through the proxy, with its two sockets. */
interface Link {
  readonly client: Socket
  readonly server: Socket
  /** The client is gone, but the server does not notice. */
  severed: boolean
  /** All data is dropped, and neither side notices. */
  silent: boolean
}

/** Inspects data. Returns whether it withheld the data from the other side. */
type Watch = (bytes: Buffer, link: Link) => boolean

const letPass: Watch = () => false

/** Opens a proxy to a database, which is closed after the test. */
export async function proxied(t: Finishing, databaseUrl: string) {
  const network = new Network(new URL(databaseUrl))
  const listener = createServer((client) => network.open(client))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const close = async () => {
    listener.close()
    network.cut()
  }
  t.teardown(close)
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    cut: () => network.cut(),
    silence: () => network.silence(),
    /** Breaks all connections and accepts no new ones. */
    close,
    loseAnswer: (words: string, lastWords?: Buffer) => network.loseAnswer(words, lastWords),
    keepBack: (words: string) => network.keepBack(words),
  }
}

class Network {
  readonly #target: URL
  readonly #links = new Set<Link>()
  #watchRequests = letPass
  #watchAnswers = letPass

  constructor(target: URL) {
    this.#target = target
  }

  /** Connects a client to the database. */
  open(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname)
    const link: Link = { client, server, severed: false, silent: false }
    this.#links.add(link)
    client.on('data', (bytes) => {
      if (!link.silent && !this.#watchRequests(bytes, link)) server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (!link.severed && !link.silent && !this.#watchAnswers(bytes, link)) client.write(bytes)
    })
    client.on('close', () => link.severed || link.silent || server.destroy())
    server.on('close', () => this.#links.delete(link) && !link.silent && client.destroy())
    for (const socket of [client, server]) socket.on('error', () => undefined)
  }

  /** Breaks all connections; new ones work. */
  cut(): void {
    for (const { client, server } of this.#links) {
      for (const socket of [client, server]) socket.destroy()
    }
  }

  /** Drops all data on the present connections from now on; new ones work. */
  silence(): void {
    for (const link of this.#links) link.silent = true
  }

  /** Loses the next response that contains `words` and breaks its connection, after `lastWords`. */
  loseAnswer(words: string, lastWords: Buffer = Buffer.alloc(0)): Promise<void> {
    return new Promise((lost) => {
      this.#watchAnswers = (bytes, link) => {
        if (!bytes.includes(words)) return false
        this.#watchAnswers = letPass
        link.severed = true
        link.client.end(lastWords)
        link.server.end()
        lost()
        return true
      }
    })
  }

  /**
   * Withholds the next request that contains `words`, and breaks the connection for its sender. The
   * returned function delivers the request to the server.
   */
  keepBack(words: string): Promise<() => void> {
    return new Promise((kept) => {
      this.#watchRequests = (bytes, link) => {
        if (!bytes.includes(words)) return false
        this.#watchRequests = letPass
        link.severed = true
        link.client.destroy()
        kept(() => link.server.end(bytes))
        return true
      }
    })
  }
}
