// Messages: how many POST /messages a second one server takes, with everything switched on, against
// raw SQL that inserts one message a transaction, against a server that only echoes, and against
// itself without group append.
import { installInto } from '../installed.ts'
import type { Bench } from './bench.ts'
import { percent } from './figures.ts'
import { messages, settle } from './people.ts'
import { measureHttp } from './rate.ts'
import { prepareRawSql } from './raw-sql.ts'
import { describeMachine, publish } from './report.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measurements, measureTurns, type Ratio, ratios, type Turns } from './turns.ts'

/** Users, all logged in. */
const users = 1_000
const turnMs = 2_000
const connections = [1, 8, 32, 64, 256]
/** Over how many connections raw SQL is tried. */
const rawConnections = [1, 8, 16, 32, 64]

const epistle = (n: number) => `POST /messages, ${n} connection${n === 1 ? '' : 's'}`
const raw = (n: number) => `raw SQL, ${n} connection${n === 1 ? '' : 's'}`
const echo = 'fastify echoing the body, 64 connections'
const single = 'one append a request, 64 connections'

const bestRaw = { to: 'raw SQL, the best of 8 to 64', against: [8, 16, 32, 64].map(raw) }
const withoutGroups = { turn: epistle(64), to: single, against: [single] }
const compared: readonly Ratio[] = [
  { turn: epistle(64), ...bestRaw, atLeast: 2, goal: 2.5 },
  { turn: epistle(32), ...bestRaw, atLeast: 1.5 },
  { turn: epistle(8), ...bestRaw, atLeast: 0.8 },
  { turn: epistle(1), to: raw(1), against: [raw(1)], atLeast: 0.5 },
  { turn: epistle(64), to: echo, against: [echo], atLeast: 0.5 },
  { ...withoutGroups, atLeast: 2.5 },
  { ...withoutGroups, of: 'p50', atMost: 0.4 },
  { ...withoutGroups, of: 'p99', atMost: 0.75 },
]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('messages')
    const rawSql = await prepareRawSql(server, users)
    await installInto(url)
    await withClient(url, async (client) => {
      const requests = messages(await settle(client, users))
      const kinds = ['epistle', 'one append a request', 'bare fastify'] as const
      const { results, busy } = await withServers(kinds, url, ([grouped, one, bare]) => {
        const send = (to: string | undefined, n: number, status: number) => () =>
          measureHttp({ urls: [to ?? ''], connections: n, requests, status }, turnMs)
        const turns: Turns = Object.fromEntries([
          ...connections.map((n) => [epistle(n), send(grouped, n, 201)]),
          [single, send(one, 64, 201)],
          [echo, send(bare, 64, 200)],
          ...rawConnections.map((n) => [raw(n), () => rawSql.measure(n, turnMs)]),
        ])
        return measureTurns(turns, rounds, say)
      })
      const text = [
        ratios(results, compared),
        measurements(results, Object.keys(results[0] ?? {})),
        `Medians of ${rounds} rounds; others used at most ${percent(busy)} of the machine just before ` +
          `or after one. Measured on ${await describeMachine(client)}.`,
      ]
      await publish('messages', text.join('\n\n'), write)
    })
  })
}
