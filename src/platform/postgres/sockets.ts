/**
 * The sockets on which a server talks to its database, so that all can be hung up at once.
 *
 * A network may swallow a connection without a word (a machine that vanished, a failover, a firewall that
 * forgot). Whoever waits on it would wait until his query times out, and everybody who is given it next
 * waits anew; hung up, he is told at once, and goes on over a new one.
 */

import { Socket } from 'node:net'

/** The open sockets of a server, each known from the moment pg asks for it until it closes. */
export class Sockets {
  readonly #open = new Set<Socket>()

  /** Makes the socket of a new connection: pg's `stream`. */
  readonly open = (): Socket => {
    const socket = new Socket()
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    return socket
  }

  /** Ends every connection there is, which its user hears as if it had broken. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
