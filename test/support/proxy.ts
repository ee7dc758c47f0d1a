// A network between a client and PostgreSQL that does what networks do: it breaks, loses an answer,
// keeps back a request until nobody waits for it any more. A double of what is outside of us.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Finishing } from './database.ts'

/** One connection, in two pieces. */
interface Link {
  readonly client: Socket
  readonly server: Socket
  /** The client is gone, but the server does not hear of it. */
  severed: boolean
  /** Nothing gets through any more, and nobody is told. */
  silent: boolean
}

/** Looks at what passes, and says whether it took it, so that it is not passed on. */
type Watch = (bytes: Buffer, link: Link) => boolean

const letPass: Watch = () => false

/** Opens a proxy before a database; everything is closed when the test ends. */
export async function proxied(t: Finishing, databaseUrl: string) {
  const target = new URL(databaseUrl)
  const links = new Set<Link>()
  const watching = { requests: letPass, answers: letPass }
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname)
    const link: Link = { client, server, severed: false, silent: false }
    links.add(link)
    client.on('data', (bytes) => {
      if (!link.silent && !watching.requests(bytes, link)) server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (!link.severed && !link.silent && !watching.answers(bytes, link)) client.write(bytes)
    })
    client.on('close', () => link.severed || link.silent || server.destroy())
    server.on('close', () => links.delete(link) && !link.silent && client.destroy())
    for (const socket of [client, server]) socket.on('error', () => undefined)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const cut = () => {
    for (const { client, server } of links) for (const socket of [client, server]) socket.destroy()
  }
  const close = async () => {
    listener.close()
    cut()
  }
  t.teardown(close)
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`

  return {
    url: url.href,
    /** Breaks every connection that there is; new ones pass. */
    cut,
    /** Swallows from now on what is sent on the connections that there are; new ones pass. */
    silence: () => {
      for (const link of links) link.silent = true
    },
    /** Breaks them, and lets no new one pass. */
    close,
    /** Loses the next answer that holds `words`, and breaks its connection, maybe with last words. */
    loseAnswer: (words: string, lastWords = Buffer.alloc(0)) =>
      new Promise<void>((lost) => {
        watching.answers = (bytes, link) => {
          if (!bytes.includes(words)) return false
          watching.answers = letPass
          link.severed = true
          link.client.end(lastWords)
          link.server.end()
          lost()
          return true
        }
      }),
    /**
     * Keeps back the next request that holds `words`, and breaks the connection for its sender; the
     * server gets it when the function answered is called.
     */
    keepBack: (words: string) =>
      new Promise<() => void>((kept) => {
        watching.requests = (bytes, link) => {
          if (!bytes.includes(words)) return false
          watching.requests = letPass
          link.severed = true
          link.client.destroy()
          kept(() => link.server.end(bytes))
          return true
        }
      }),
  }
}
