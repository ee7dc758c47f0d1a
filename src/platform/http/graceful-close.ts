/**
 * Closes connections when the server stops, so that a keep-alive does not delay the stop.
 *
 * The framework closes connections that are idle at that moment. Node waits for two other kinds, which
 * are closed here: connections that become idle later, when a running request completes, and unused
 * ones, which browsers and load balancers open in advance.
 */

import type { Socket } from 'node:net'
import type { App } from './app.ts'

/** Makes a stop close every connection as soon as it has no running request. */
export function closeConnectionsOnStop(app: App): void {
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
    // A connection that has received its first bytes has a running request.
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  })
}
