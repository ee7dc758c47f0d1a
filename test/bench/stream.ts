// Stream: how long a message takes from its sender to its recipient's stream, with ten and with a thousand
// open streams, compared with the response to the sender; and what open streams cost senders.
import { setTimeout as pause } from 'node:timers/promises'
import { installInto } from '../support/installed.ts'
import { content, oneOf } from './actor.ts'
import type { Bench } from './bench.ts'
import { percentile } from './figures.ts'
import { listenAs } from './listeners.ts'
import { messages, type Person, settle } from './people.ts'
import { type HttpLoad, type Measured, measureHttp, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, type Turn } from './turns.ts'

/** All are logged in, and in the larger turns all have an open stream. */
const users = 1_000
const few = 10
const turnMs = 4_000
/** Messages a second: a tenth of what a server can accept here, as on an ordinary day. */
const ordinary = 200
const writers = 64

const delivered = (n: number) =>
  `delivery to ${n.toLocaleString('en')} listeners, ${ordinary} messages a second`
const answered = (n: number) => `response to the sender, ${n.toLocaleString('en')} listeners`
const writing = (n: number) =>
  `POST /messages, ${writers} connections, ${n === 0 ? 'no listeners' : `${n.toLocaleString('en')} listeners`}`

const ratios: readonly Ratio[] = [
  { what: delivered(users), to: 'response to the sender', against: [answered(users)], of: 'p50' },
  { what: delivered(users), to: 'response to the sender', against: [answered(users)], of: 'p99' },
  { what: delivered(users), to: 'ten listeners', against: [delivered(few)], of: 'p50' },
  { what: writing(users), to: 'no listeners', against: [writing(0)] },
]
const shown = [
  delivered(few),
  answered(few),
  delivered(users),
  answered(users),
  writing(0),
  writing(users),
]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('stream')
    await installInto(url)
    await withClient(url, async (client) => {
      const people = await settle(client, users)
      const measured = await withServers(server, ['epistle'], url, async ([base = '']) => {
        await warmUpServers([sending(base, people)], say)
        const turns = [
          delivery(base, people.slice(0, few)),
          delivery(base, people),
          throughput(base, people, []),
          throughput(base, people, people),
        ]
        return measureTurns(turns, rounds, say)
      })
      const note = 'The listeners run on the same processors.'
      await publishRatios(client, { bench: 'stream', ...measured, ratios, shown, note, write })
    })
  })
}

/** Sends messages at a steady rate between listeners, and times the responses and the deliveries. */
function delivery(base: string, people: readonly Person[]): Turn {
  return async () => {
    const deliveredAfter: number[] = []
    const answeredAfter: number[] = []
    const listeners = await listenAs(base, people, (listener, message) => {
      const { to, content } = JSON.parse(message)
      // The sender receives the event, too; only the recipient's is timed.
      if (to === listener.id) deliveredAfter.push(performance.now() - Number.parseFloat(content))
    })
    const sent: Promise<void>[] = []
    const from = performance.now()
    for (let due = from; due < from + turnMs; due += 1000 / ordinary) {
      await pause(Math.max(0, due - performance.now()))
      sent.push(send(base, oneOf(people), oneOf(people)).then((ms) => void answeredAfter.push(ms)))
    }
    await Promise.all(sent)
    for (let turns = 0; deliveredAfter.length < sent.length && turns < 100; turns += 1)
      await pause(20)
    listeners.leave()
    if (deliveredAfter.length !== sent.length) {
      throw new Error(
        `${sent.length} messages were sent, but ${deliveredAfter.length} were delivered`,
      )
    }
    return {
      [delivered(people.length)]: measuredOf(deliveredAfter),
      [answered(people.length)]: measuredOf(answeredAfter),
    }
  }
}

/** Sends a message whose content begins with the time of sending; returns the time to the response, ms. */
async function send(base: string, from: Person, to: Person): Promise<number> {
  const headers = { authorization: `Bearer ${from.token}`, 'content-type': 'application/json' }
  const sentAt = performance.now()
  const body = JSON.stringify({ to: to.id, content: `${sentAt} ${content}`.slice(0, 100) })
  const answer = await fetch(`${base}/messages`, { method: 'POST', headers, body })
  const took = performance.now() - sentAt
  if (answer.status !== 201) throw new Error(`expected 201 for a message, got ${answer.status}`)
  await answer.arrayBuffer()
  return took
}

function sending(base: string, people: readonly Person[]): HttpLoad {
  return { urls: [base], connections: writers, requests: messages(people), status: 201 }
}

/** Sends as many messages as the server accepts, while these people have open streams. */
function throughput(base: string, people: readonly Person[], listening: readonly Person[]): Turn {
  const load = sending(base, people)
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
