/**
 * Bounds the connections of the server and of each client, and closes those of clients that stop reading.
 *
 * A server that is full closes the connection that has been idle longest. If none is idle, the client with
 * the most connections loses its oldest, so a health check gets in however many connections other addresses hold. A
 * trusted proxy has the connections of many clients, so each of its connections counts for itself.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { compile } from '@fastify/proxy-addr'
import type { FastifyBaseLogger } from 'fastify'
import { networkOf } from '../rate-limits/client-network.ts'
import type { App } from './app.ts'
import { Shares } from './shares.ts'

export interface ConnectionLimits {
  /** How many connections may be open; one client may have a quarter of them. */
  readonly max: number
  /**
   * A connection with unsent bytes is closed when the kernel has taken none of them for this long, ms. Node
   * looks that often, so it can take twice as long.
   */
  readonly stall: number
  readonly trustProxy: readonly string[]
}

/** How often refused connections are logged at most, ms. */
const refusalMs = 10_000

/** Applies the limits to the connections of the server. */
export function limitConnections(app: App, { max, stall, trustProxy }: ConnectionLimits): void {
  const { server, log } = app
  const connections = new Connections(max, trustProxy, log)
  server.on('connection', (socket) => connections.admit(socket))
  const track = ({ socket }: IncomingMessage, response: ServerResponse) => {
    connections.begin(socket)
    response.on('close', () => connections.end(socket))
  }
  server.on('request', track).on('checkExpectation', track)
  server.setTimeout(stall)
  server.on('timeout', (socket) => {
    const isBusy = connections.isBusy(socket)
    // Nothing waits to be sent: a handler works, or a stream has no events.
    if (isBusy && socket.writableLength === 0) return
    if (isBusy) log.info('closed a connection: its client has stopped reading')
    socket.destroy()
  })
}

class Connections {
  readonly #max: number
  readonly #log: Pick<FastifyBaseLogger, 'info'>
  readonly #isProxy: (address: string) => boolean
  readonly #byClient = new Shares<Socket>()
  /** How many requests run on each connection. */
  readonly #running = new Map<Socket, number>()
  /** Connections that have served requests and have none, the longest idle first. */
  readonly #idle = new Map<Socket, string>()
  readonly #clients = new WeakMap<Socket, string>()
  #proxied = 0
  /** How many connections were refused since the last line about them. */
  #refused = 0
  #loggedAt = Number.NEGATIVE_INFINITY

  constructor(max: number, trustProxy: readonly string[], log: Pick<FastifyBaseLogger, 'info'>) {
    this.#log = log
    const trusts = compile([...trustProxy])
    this.#max = max
    this.#isProxy = (address) => trusts(address, 0)
  }

  /** Takes a new connection, or closes it. */
  admit(socket: Socket): void {
    const client = this.#ownerOf(socket)
    const isFull = this.#byClient.size >= this.#max
    const hasShare = this.#byClient.sizeOf(client) >= Math.ceil(this.#max / 4)
    if (hasShare || isFull) {
      const closed = this.#idleOf(hasShare ? client : undefined)
      const oldest = closed ?? (hasShare ? undefined : this.#byClient.toMakeRoomFor(client))
      if (!oldest) return void this.#refuse(socket, client)
      this.#close(oldest)
    }
    this.#clients.set(socket, client)
    this.#byClient.set(client, socket, 1)
    socket.once('close', () => this.#forget(socket))
  }

  #refuse(socket: Socket, client: string): void {
    socket.destroy()
    this.#refused += 1
    if (performance.now() - this.#loggedAt < refusalMs) return
    this.#log.info(
      { client, connections: this.#byClient.sizeOf(client), refused: this.#refused },
      'refused a connection: this client has its share of them, or the server is full, and all are busy',
    )
    this.#refused = 0
    this.#loggedAt = performance.now()
  }

  begin(socket: Socket): void {
    this.#idle.delete(socket)
    this.#running.set(socket, (this.#running.get(socket) ?? 0) + 1)
  }

  end(socket: Socket): void {
    const running = (this.#running.get(socket) ?? 1) - 1
    if (running > 0) return void this.#running.set(socket, running)
    this.#running.delete(socket)
    if (!socket.destroyed) this.#idle.set(socket, this.#clients.get(socket) ?? '')
  }

  isBusy(socket: Socket): boolean {
    return this.#running.has(socket)
  }

  #ownerOf({ remoteAddress = '' }: Socket): string {
    if (remoteAddress && this.#isProxy(remoteAddress)) return `proxied ${this.#proxied++}`
    return networkOf(remoteAddress) ?? 'unknown'
  }

  /** The longest idle connection, of one client or of all. */
  #idleOf(client: string | undefined): Socket | undefined {
    for (const [socket, owner] of this.#idle) {
      if (client === undefined || owner === client) return socket
    }
    return undefined
  }

  #close(socket: Socket): void {
    socket.destroy()
    this.#forget(socket)
  }

  #forget(socket: Socket): void {
    this.#byClient.delete(this.#clients.get(socket) ?? '', socket)
    this.#running.delete(socket)
    this.#idle.delete(socket)
  }
}
