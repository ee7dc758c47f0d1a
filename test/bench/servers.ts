// Servers: the total throughput of four servers on one database, compared with one. They share the append lock and the
// processors. Two references show what the log alone and what four servers alone cost: sessions that only append, and
// servers of fastify and pg alone, which insert a row a request and wait for no lock.
import type { Client } from 'pg'
import { beginSession } from '../../src/platform/postgres/session.ts'
import { installInto } from '../support/installed.ts'
import { Actor } from './actor.ts'
import { append, writerSession } from './append.ts'
import type { Bench } from './bench.ts'
import { chooseHttpClient } from './http-client.ts'
import { inserts, messages, type Person, settle } from './people.ts'
import { type HttpLoad, type Measured, measureLoops, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { prepareRawSql } from './raw-sql.ts'
import { withClient, withClients, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, type Turn, turn } from './turns.ts'

const users = 1_000
const turnMs = 2_000
/** How long a server is busy before each of its turns. */
const busyMs = 3_000
/** Connections to all servers together, with the share of one server's throughput that must be reached. */
const targets = new Map([
  [8, 0.5],
  [64, 0.75],
  [256, 0.9],
])
const connections = [...targets.keys()]

/**
 * The most requests that a batch of a server can have. One server has half of its callers in each of two batches on their
 * way, but has no second one for less than eight. One of four has a quarter of the callers, and a single batch while others
 * write.
 */
const batchOfOne = (n: number) => Math.max(8, n / 2)
const batchOfFour = (n: number) => n / 4

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
  one: (n) => `appends alone, one session, ${batchOfOne(n)} messages a call`,
  four: (n) => `appends alone, four sessions, ${batchOfFour(n)} messages a call`,
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

/**
 * Measures sessions that append messages of random people in a loop, without a server. The rate is that of messages, the
 * latencies are those of calls.
 */
async function measureAppends(
  sessions: readonly Client[],
  people: readonly Person[],
  size: number,
): Promise<Measured> {
  const actor = new Actor({ register: 0, password: 0, session: 0 })
  actor.users.push(...people.map(({ id }) => id))
  const loops = sessions.map((session) => () => {
    return append(
      session,
      Array.from({ length: size }, () => actor.sendMessage()),
    )
  })
  const calls = await measureLoops(loops, turnMs)
  return { ...calls, rate: calls.rate * size }
}

/** The sessions stay open, as those of servers do: plans and caches are made once. */
function appendTurns(sessions: readonly Client[], people: readonly Person[]): Turn[] {
  return connections.flatMap((n) => [
    turn(alone.one(n), () => measureAppends(sessions.slice(0, 1), people, batchOfOne(n))),
    turn(alone.four(n), () => measureAppends(sessions.slice(1), people, batchOfFour(n))),
  ])
}

function withSessions<T>(url: string, work: (sessions: readonly Client[]) => Promise<T>) {
  return withClients(url, 5, async (sessions) => {
    await Promise.all(sessions.map((session) => beginSession(session, writerSession)))
    return work(sessions)
  })
}

/** Makes a load of so many connections to these servers. */
type LoadOf = (urls: readonly string[], connections: number) => HttpLoad

/** One of five servers, and the four others. */
function serverTurns(
  { one, four }: Pair,
  [first = '', ...others]: readonly string[],
  loadOf: LoadOf,
  measure: (load: HttpLoad) => Promise<Measured>,
): Turn[] {
  return connections.flatMap((n) => [
    turn(one(n), () => measure(loadOf([first], n))),
    turn(four(n), () => measure(loadOf(others, n))),
  ])
}

const fiveOf = <T>(kind: T) => Array<T>(5).fill(kind)

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('servers')
    const sql = await prepareRawSql(server, users, true)
    await installInto(url)
    const { measureHttp, note } = await chooseHttpClient(server, say)
    await withClient(url, async (client) => {
      const people = await settle(client, users)
      const requests = messages(people)
      const messagesTo: LoadOf = (urls, connections) => {
        // The same for each connection, whenever it is measured.
        const drawn = Array.from({ length: connections }, requests)
        return { urls, connections, requests: (nth) => drawn[nth] ?? [], status: 201 }
      }
      const insertsTo: LoadOf = (urls, connections) => inserts(urls, sql.users, connections)
      const measure = (load: HttpLoad) => measureHttp(load, turnMs)
      // A server that was idle for ten seconds looks each session up again, so it is busy for some time before.
      const measureBusy = (load: HttpLoad) => measureHttp(load, busyMs).then(() => measure(load))
      const measured = await withServers(server, fiveOf('epistle'), url, (served) =>
        withServers(server, fiveOf('bare fastify'), sql.url, (bare) =>
          withSessions(url, async (sessions) => {
            // Each server alone, because four together would get a quarter of the requests.
            const warmUps = [
              ...served.map((to) => messagesTo([to], 64)),
              ...bare.map((to) => insertsTo([to], 64)),
            ]
            await warmUpServers(warmUps, say, measureHttp)
            const turns = [
              ...serverTurns(epistle, served, messagesTo, measureBusy),
              ...serverTurns(minimal, bare, insertsTo, measure),
              ...appendTurns(sessions, people),
            ]
            return measureTurns(turns, rounds, say)
          }),
        ),
      )
      await publishRatios(client, { bench: 'servers', ...measured, ratios, shown, note, write })
    })
  })
}
