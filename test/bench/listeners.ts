// Listeners: open streams, each over its own connection, and the messages that arrive. The client is as
// small as possible, because it shares the processors with the measured server.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Person } from './people.ts'

export interface Listeners {
  /** Closes all connections at once. */
  leave(): void
}

/** Called for each message event with its listener and the JSON of the message. */
export type OnMessage = (listener: Person, message: string) => void

/** Opens a stream for each person; resolves when all streams receive new events. */
export async function listenAs(
  url: string,
  people: readonly Person[],
  onMessage: OnMessage,
): Promise<Listeners> {
  const answers: IncomingMessage[] = []
  for (let n = 0; n < people.length; n += 50) {
    const some = people.slice(n, n + 50).map((person) => open(url, person, onMessage))
    answers.push(...(await Promise.all(some)))
  }
  return {
    leave: () => {
      for (const answer of answers) answer.destroy()
    },
  }
}

async function open(url: string, person: Person, onMessage: OnMessage): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${person.token}` }
  const asked = request(`${url}/stream`, { headers, agent: false }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200)
    throw new Error(`expected 200 for a stream, got ${answer.statusCode}`)
  let rest = ''
  answer.setEncoding('utf8').on('data', (text: string) => {
    const frames = (rest + text).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      if (frame.includes('event: message_sent\n'))
        onMessage(person, frame.split('\ndata: ', 2)[1] ?? '')
    }
  })
  // Closing the connection is intended here, so its error is ignored.
  answer.on('error', () => undefined)
  await once(answer, 'data')
  return answer
}
