/**
 * Connections when the server stops: a keep-alive must not delay it.
 *
 * The framework closes those that are idle at that moment. Two kinds are left, and Node would wait for
 * both: those that become idle later, when what runs is answered, and those over which nothing ever
 * came, as browsers and balancers open them ahead of need.
 */

import type { Socket } from 'node:net'
import type { App } from './app.ts'

/** Makes a stop end every connection as soon as nothing runs over it. */
export function endConnections(app: App): void {
  const unused = new Set<Socket>()
  let stopping = false
  app.server.on('connection', (socket) => {
    if (stopping) socket.destroy()
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', async () => {
    stopping = true
    // A request of which the first bytes are here already is one that runs.
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  })
}
