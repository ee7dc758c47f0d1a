// A client of HTTP/2 over TLS, from a loopback address of its own, as a visitor of a proxy.
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import type { Finishing } from '../database.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Connects to `localhost`; the connection is closed when the test ends. */
export function connectOverHttp2(t: Finishing, port: number, localAddress = '127.0.0.1') {
  const session = connect(`https://localhost:${port}`, {
    createConnection: () =>
      connectTls({
        ...{ port, host: '127.0.0.1', localAddress, servername: 'localhost' },
        ...{ ALPNProtocols: ['h2'], rejectUnauthorized: false },
      }),
  })
  t.teardown(async () => session.destroy())
  return {
    send: (path: string, headers: Record<string, string> = {}, body?: object) =>
      send(session, path, headers, body),
    /** Opens a response without an end; returns what has arrived so far. */
    open: (path: string, headers: Record<string, string>) => {
      let text = ''
      const stream = session.request({ ...headers, [constants.HTTP2_HEADER_PATH]: path })
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      return () => text
    },
  }
}

function send(
  session: ClientHttp2Session,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  const stream = session.request({
    ...(body && { 'content-type': 'application/json' }),
    ...headers,
    [constants.HTTP2_HEADER_METHOD]: body ? 'POST' : 'GET',
    [constants.HTTP2_HEADER_PATH]: path,
  })
  return new Promise((resolve, reject) => {
    let [text, status, received] = ['', 0, {}]
    stream.on('response', (found) => {
      status = Number(found[constants.HTTP2_HEADER_STATUS])
      received = found
    })
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    stream.on('end', () => resolve({ status, headers: received, body: text })).on('error', reject)
    stream.end(body && JSON.stringify(body))
  })
}
