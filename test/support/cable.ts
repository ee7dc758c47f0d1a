// A TCP connection to a service that a test can cut, as an unreliable network would.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Finishing } from './database.ts'

/** Opens a forwarding port in front of a service; `cut` breaks every connection through it. */
export async function openCable(t: Finishing, to: string) {
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(to)
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.pipe(other)
      one.on('error', () => undefined).on('close', () => other.destroy())
    }
    sockets.add(far.on('close', () => sockets.delete(far)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => void server.close())
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    isAnswering: () => [...sockets].some(({ bytesRead }) => bytesRead > 0),
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}
