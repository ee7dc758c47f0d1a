/**
 * The sockets between a server and its database, so that all can be destroyed at once.
 *
 * A network can drop a connection silently (a crashed machine, a failover, a firewall without its state). A
 * query on such a connection waits for its timeout, and so does every later query that gets the connection.
 * After its socket is destroyed, a query fails at once, and later queries use new connections.
 */

import { Socket } from 'node:net'

/** The open sockets of a server, each from its creation by pg until it closes. */
export class Sockets {
  readonly #open = new Set<Socket>()

  /** Creates the socket of a new connection: pg's `stream`. */
  readonly open = (): Socket => {
    const socket = new Socket()
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    return socket
  }

  /** Destroys every open connection; its user gets an error as if the network had broken it. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
