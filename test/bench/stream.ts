// Stream: how long a message takes from its sender to those who listen, with ten and with a thousand of
// them, beside the answer that the sender waits for; and what listeners cost those who write.
import { setTimeout as pause } from 'node:timers/promises'
import { installInto } from '../support/installed.ts'
import { content, oneOf } from './actor.ts'
import type { Bench } from './bench.ts'
import { percentile } from './figures.ts'
import { listenAs } from './listeners.ts'
import { messages, type Person, settle } from './people.ts'
import { type Measured, measureHttp } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, type Turn } from './turns.ts'

/** All logged in, and in the larger turns all listening. */
const users = 1_000
const few = 10
const turnMs = 4_000
/** Messages a second: a tenth of what a server takes here, as on an ordinary day. */
const ordinary = 200
const writers = 64

const told = (n: number) =>
  `told to ${n.toLocaleString('en')} listeners, ${ordinary} messages a second`
const answered = (n: number) => `the answer to the sender, ${n.toLocaleString('en')} listeners`
const writing = (n: number) =>
  `POST /messages, ${writers} connections, ${n === 0 ? 'nobody listens' : `${n.toLocaleString('en')} listen`}`

const ratios: readonly Ratio[] = [
  { what: told(users), to: 'the answer, meanwhile', against: [answered(users)], of: 'p50' },
  { what: told(users), to: 'the answer, meanwhile', against: [answered(users)], of: 'p99' },
  { what: told(users), to: 'ten listeners', against: [told(few)], of: 'p50' },
  { what: writing(users), to: 'nobody listens', against: [writing(0)] },
]
const shown = [told(few), answered(few), told(users), answered(users), writing(0), writing(users)]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('stream')
    await installInto(url)
    await withClient(url, async (client) => {
      const people = await settle(client, users)
      const measured = await withServers(server, ['epistle'], url, ([base = '']) => {
        const turns = [
          delivery(base, people.slice(0, few)),
          delivery(base, people),
          throughput(base, people, []),
          throughput(base, people, people),
        ]
        return measureTurns(turns, rounds, say)
      })
      const note = 'What listens is on the same processors.'
      await publishRatios(client, { bench: 'stream', ...measured, ratios, shown, note, write })
    })
  })
}

/** Messages at a steady rate among those who listen: sent, answered, told. */
function delivery(base: string, people: readonly Person[]): Turn {
  return async () => {
    const toldAfter: number[] = []
    const answeredAfter: number[] = []
    const listeners = await listenAs(base, people, (listener, message) => {
      const { to, content } = JSON.parse(message)
      // Its sender is told, too; the one it is for counts.
      if (to === listener.id) toldAfter.push(performance.now() - Number.parseFloat(content))
    })
    const sent: Promise<void>[] = []
    const from = performance.now()
    for (let due = from; due < from + turnMs; due += 1000 / ordinary) {
      await pause(Math.max(0, due - performance.now()))
      sent.push(send(base, oneOf(people), oneOf(people)).then((ms) => void answeredAfter.push(ms)))
    }
    await Promise.all(sent)
    for (let turns = 0; toldAfter.length < sent.length && turns < 100; turns += 1) await pause(20)
    listeners.leave()
    if (toldAfter.length !== sent.length) {
      throw new Error(`${sent.length} were sent, ${toldAfter.length} were told`)
    }
    return {
      [told(people.length)]: measuredOf(toldAfter),
      [answered(people.length)]: measuredOf(answeredAfter),
    }
  }
}

/** Sends a message whose content begins with the moment it was sent; how long the answer took, ms. */
async function send(base: string, from: Person, to: Person): Promise<number> {
  const headers = { authorization: `Bearer ${from.token}`, 'content-type': 'application/json' }
  const sentAt = performance.now()
  const body = JSON.stringify({ to: to.id, content: `${sentAt} ${content}`.slice(0, 100) })
  const answer = await fetch(`${base}/messages`, { method: 'POST', headers, body })
  const took = performance.now() - sentAt
  if (answer.status !== 201) throw new Error(`a message was answered ${answer.status}`)
  await answer.arrayBuffer()
  return took
}

/** As many messages as the server takes, while these listen. */
function throughput(base: string, people: readonly Person[], listening: readonly Person[]): Turn {
  const load = { urls: [base], connections: writers, requests: messages(people), status: 201 }
  return async () => {
    const listeners = await listenAs(base, listening, () => undefined)
    const measured = await measureHttp(load, turnMs)
    listeners.leave()
    return { [writing(listening.length)]: measured }
  }
}

function measuredOf(took: readonly number[]): Measured {
  const rate = took.length / (turnMs / 1000)
  return { rate, p50: percentile(took, 50), p99: percentile(took, 99) }
}
