// Servers: the total throughput of four servers on one database, compared with one. They share the append
// lock and the processors, so the target is only that more servers cost nothing.
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { chooseHttpClient } from './http-client.ts'
import { messages, settle } from './people.ts'
import { warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
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

const one = (n: number) => `POST /messages, one server, ${n} connections`
const four = (n: number) => `POST /messages, four servers, ${n} connections in sum`
const ratios: readonly Ratio[] = [...targets].map(([n, atLeast]) => ({
  what: four(n),
  to: 'one server',
  against: [one(n)],
  atLeast,
  goal: 0.9,
}))
const shown = connections.flatMap((n) => [one(n), four(n)])

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('servers')
    await installInto(url)
    const { measureHttp, note } = await chooseHttpClient(server, say)
    await withClient(url, async (client) => {
      const requests = messages(await settle(client, users))
      const kinds = Array(5).fill('epistle')
      const measured = await withServers(server, kinds, url, async ([alone = '', ...together]) => {
        const load = (urls: readonly string[], n: number) => {
          return { urls, connections: n, requests, status: 201 }
        }
        // Each server alone, because four together would get a quarter of the requests.
        const warmUps = [alone, ...together].map((server) => load([server], 64))
        await warmUpServers(warmUps, say, measureHttp)
        const send = (urls: readonly string[], n: number) => () =>
          measureHttp(load(urls, n), turnMs)
        const turns = connections.flatMap((n) => [
          turn(one(n), send([alone], n)),
          turn(four(n), send(together, n)),
        ])
        return measureTurns(turns, rounds, say)
      })
      const report = { bench: 'servers', ...measured, ratios, shown, note, write }
      await publishRatios(client, report)
    })
  })
}
