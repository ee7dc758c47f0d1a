// Listeners: streams that are open, each over a connection of its own, and what comes through them. Kept
// as lean as a client can be, for it shares the processors with the server that is looked at.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Person } from './people.ts'

export interface Listeners {
  /** Hangs up, all at once. */
  leave(): void
}

/** Whom something is told, and the JSON of the message. */
export type Told = (listener: Person, message: string) => void

/** Opens a stream for each of them; resolves when all are told of what happens from now on. */
export async function listenAs(
  url: string,
  people: readonly Person[],
  told: Told,
): Promise<Listeners> {
  const answers: IncomingMessage[] = []
  for (let n = 0; n < people.length; n += 50) {
    const some = people.slice(n, n + 50).map((person) => open(url, person, told))
    answers.push(...(await Promise.all(some)))
  }
  return {
    leave: () => {
      for (const answer of answers) answer.destroy()
    },
  }
}

async function open(url: string, person: Person, told: Told): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${person.token}` }
  const asked = request(`${url}/stream`, { headers, agent: false }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`a stream was answered ${answer.statusCode}`)
  let rest = ''
  answer.setEncoding('utf8').on('data', (text: string) => {
    const frames = (rest + text).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      if (frame.includes('event: message_sent\n')) told(person, frame.split('\ndata: ', 2)[1] ?? '')
    }
  })
  // Hanging up is no accident here.
  answer.on('error', () => undefined)
  await once(answer, 'data')
  return answer
}
