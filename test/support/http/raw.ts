// Raw bytes over a socket, for requests that no HTTP client sends.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends the bytes and reads until the server closes or the response matches `until`. */
export async function exchange(port: number, bytes: string | Buffer, until?: RegExp) {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(bytes)
  const answer = await readUntil(socket, until)
  socket.destroy()
  return answer
}

/** Reads a socket until it ends or the text matches a pattern. */
export async function readUntil(socket: Socket, until?: RegExp): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (until?.test(text)) break
  }
  return text
}
