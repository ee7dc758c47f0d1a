// Servers: the total throughput of four servers on one database, compared with one. They share the append lock and the
// processors. Two references show what remains without Epistle's servers, and without its log: sessions that only append, and
// four servers of fastify and pg alone, which insert a row a request and wait for no lock.
import { openSession } from '../../src/platform/postgres/session.ts'
import { installInto } from '../support/installed.ts'
import { Actor } from './actor.ts'
import { append } from './append.ts'
import { writerSession } from './append-sides.ts'
import type { Bench } from './bench.ts'
import { chooseHttpClient } from './http-client.ts'
import { inserts, messages, type Person, settle } from './people.ts'
import { type HttpLoad, type Measured, measureLoops, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { prepareRawSql } from './raw-sql.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, turn } from './turns.ts'

const users = 1_000
const turnMs = 2_000
/** Connections to all servers together, with the share of one server's throughput that must be reached. */
const targets = new Map([
  [8, 0.5],
  [64, 0.75],
  [256, 0.9],
])
const connections = [...targets.keys()]

/** A server has up to two batches on their way, with half of its callers in each. */
const batchOf = (n: number) => Math.max(8, n / 2)

/** The names of two measurements, by the connections. */
interface Pair {
  readonly one: (n: number) => string
  readonly four: (n: number) => string
}
const epistle: Pair = {
  one: (n) => `POST /messages, one server, ${n} connections`,
  four: (n) => `POST /messages, four servers, ${n} connections in sum`,
}
const alone: Pair = {
  one: (n) => `appends alone, one session, ${batchOf(n)} messages a call`,
  four: (n) => `appends alone, four sessions, ${batchOf(n) / 4} messages a call`,
}
const minimal: Pair = {
  one: (n) => `fastify and pg alone, one server, ${n} connections`,
  four: (n) => `fastify and pg alone, four servers, ${n} connections in sum`,
}

const compare = (what: Pair, to: Pair) => (n: number) => {
  return { what: what.four(n), to: to.one(n), against: [to.one(n)] }
}
const ratios: readonly Ratio[] = [
  ...[...targets].map(([n, atLeast]) => ({ ...compare(epistle, epistle)(n), atLeast, goal: 0.9 })),
  ...connections.map(compare(alone, epistle)),
  ...connections.map(compare(alone, alone)),
  ...connections.map(compare(minimal, minimal)),
]
const shown = [epistle, alone, minimal].flatMap(({ one, four }) =>
  connections.flatMap((n) => [one(n), four(n)]),
)

/** Sessions that append messages of random people in a loop, without a server. The rate is that of messages. */
async function measureAppends(
  url: string,
  people: readonly Person[],
  sessions: number,
  size: number,
): Promise<Measured> {
  const actor = new Actor(
    { register: 0, password: 0, session: 0 },
    people.map(({ id }) => id),
  )
  actor.users.push(...people.map(({ id }) => id))
  const open = () => openSession(url, writerSession, {})
  const clients = await Promise.all(Array.from({ length: sessions }, open))
  const loops = clients.map((client) => () => {
    return append(
      client,
      Array.from({ length: size }, () => actor.sendMessage()),
    )
  })
  try {
    const calls = await measureLoops(loops, turnMs)
    return { ...calls, rate: calls.rate * size }
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('servers')
    const sql = await prepareRawSql(server, users, true)
    await installInto(url)
    const { measureHttp, note } = await chooseHttpClient(server, say)
    await withClient(url, async (client) => {
      const people = await settle(client, users)
      const requests = messages(people)
      const sent = (urls: readonly string[], connections: number) => {
        return { urls, connections, requests, status: 201 }
      }
      const inserted = (urls: readonly string[], connections: number) =>
        inserts(urls, sql.users, connections)
      const five = <T>(kind: T) => Array<T>(5).fill(kind)
      const measured = await withServers(server, five('epistle'), url, (served) =>
        withServers(server, five('bare fastify'), sql.url, async (bare) => {
          // Each server alone, because four together would get a quarter of the requests.
          const warmUps = [
            ...served.map((s) => sent([s], 64)),
            ...bare.map((s) => inserted([s], 64)),
          ]
          await warmUpServers(warmUps, say, measureHttp)
          const send = (load: HttpLoad) => () => measureHttp(load, turnMs)
          // First for a second: a server that was idle for ten seconds looks each session up again.
          const sendOn = (load: HttpLoad) => () => measureHttp(load, 1_000).then(send(load))
          const turns = [
            ...connections.flatMap((n) => [
              turn(epistle.one(n), sendOn(sent(served.slice(0, 1), n))),
              turn(epistle.four(n), sendOn(sent(served.slice(1), n))),
            ]),
            ...connections.flatMap((n) => [
              turn(minimal.one(n), send(inserted(bare.slice(0, 1), n))),
              turn(minimal.four(n), send(inserted(bare.slice(1), n))),
              turn(alone.one(n), () => measureAppends(url, people, 1, batchOf(n))),
              turn(alone.four(n), () => measureAppends(url, people, 4, batchOf(n) / 4)),
            ]),
          ]
          return measureTurns(turns, rounds, say)
        }),
      )
      const report = { bench: 'servers', ...measured, ratios, shown, note, write }
      await publishRatios(client, report)
    })
  })
}
