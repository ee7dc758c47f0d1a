// A receiver of webhooks, outside of Epistle: it keeps what it got, verifies signatures with the library of the
// specification's authors, and answers as a test wants.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import type { Finishing } from './database.ts'
import type { Published } from './feed.ts'

export interface Received {
  readonly id: string
  readonly signatures: string[]
  readonly event: Published
  readonly body: string
  readonly headers: Record<string, string>
}

export interface Receiver {
  readonly url: string
  /** What arrived, whatever it was answered. */
  readonly received: Received[]
  /** The ids of the events that were accepted. */
  readonly accepted: string[]
  /** How many connections were opened to it. */
  connections: number
  /** How it answers; 204 at first. The event counts as accepted if the status is 2xx. */
  answer: (event: Received, response: ServerResponse) => void
}

/** Starts a receiver; it is closed when the test ends. */
export async function startReceiver(t: Finishing): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const got = await read(request)
    receiver.received.push(got)
    response.on('finish', () => {
      if (response.statusCode < 300) receiver.accepted.push(got.id)
    })
    receiver.answer(got, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    received: [],
    accepted: [],
    connections: 0,
    answer: accept,
  }
  server.on('connection', () => {
    receiver.connections += 1
  })
  return receiver
}

export function accept(_event: Received, response: ServerResponse): void {
  response.writeHead(204).end()
}

/** Answers with a status and no body. */
export function status(code: number, headers: Record<string, string> = {}) {
  return (_event: Received, response: ServerResponse): void => {
    response.writeHead(code, headers).end()
  }
}

/** Throws unless a signature is by this secret, for this body and a recent time. */
export function verify(secret: string, { body, headers }: Received): void {
  new Webhook(secret).verify(body, headers)
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const headers = request.headers as Record<string, string>
  return {
    id: headers['webhook-id'] ?? '',
    signatures: headers['webhook-signature']?.split(' ') ?? [],
    event: JSON.parse(body),
    body,
    headers,
  }
}
