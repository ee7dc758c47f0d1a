// Messages: how many POST /messages a second one server can handle with all features on, compared with
// raw SQL that inserts one message per transaction (by pgbench, through pg, and through pg behind bare fastify), with a
// server that only echoes, and with itself with one batch on its way and without group append.
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { chooseHttpClient } from './http-client.ts'
import { inserts, messages, settle } from './people.ts'
import { preparePgbench } from './pgbench.ts'
import { warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { prepareRawSql, type RawSql } from './raw-sql.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, turn } from './turns.ts'

/** All are logged in. */
const users = 1_000
const turnMs = 2_000
const connections = [1, 8, 32, 64, 256]
/** The numbers of connections for raw SQL, those for raw SQL with three more indexes, and those for pgbench. */
const rawConnections = [1, 8, 16, 32, 64]
const indexedConnections = [16, 32, 64]
const pgbenchConnections = [1, 8, 64]

const over = (n: number) => `${n} connection${n === 1 ? '' : 's'}`
const epistle = (n: number) => `POST /messages, ${over(n)}`
const raw = (n: number) => `raw SQL, ${over(n)}`
const indexed = (n: number) => `raw SQL, indexed for the same reads, ${over(n)}`
const pgbench = (n: number) =>
  `pgbench, one insert a transaction, same read row and indexes, ${over(n)}`
const echo = 'fastify echoing the body, 64 connections'
const minimal = (n: number) => `fastify and pg alone, one insert a request, ${over(n)}`
const single = 'one append a request, 64 connections'
/** The numbers of connections at which two batches on their way are compared with one. */
const batchConnections = [64, 256]
const oneBatch = (n: number) => `one batch on its way, ${over(n)}`

const bestRaw = { to: 'raw SQL, best of 8 to 64', against: [8, 16, 32, 64].map(raw) }
const bestIndexed = {
  to: 'raw SQL, indexed for the same reads, best of 16 to 64',
  against: indexedConnections.map(indexed),
}
const bestPgbench = { to: 'pgbench, best of 8 and 64', against: [8, 64].map(pgbench) }
const samePgbench = (n: number) => ({ to: `pgbench, ${over(n)}`, against: [pgbench(n)] })
/** The minimum of an HTTP server on Node: what a server without group append could reach. */
const minimalRatios: readonly Ratio[] = pgbenchConnections.flatMap((n) => [
  { what: minimal(n), to: `pgbench, ${over(n)}`, against: [pgbench(n)] },
  { what: epistle(n), to: minimal(n), against: [minimal(n)] },
])
const withoutGroups = { what: epistle(64), to: single, against: [single] }
const batchRatios: readonly Ratio[] = batchConnections.map((n) => ({
  what: epistle(n),
  to: oneBatch(n),
  against: [oneBatch(n)],
}))
const pgbenchRatios: readonly Ratio[] = [
  { what: epistle(64), ...bestPgbench, atLeast: 1.4, goal: 2 },
  { what: epistle(8), ...samePgbench(8), atLeast: 0.5, goal: 0.8 },
  { what: epistle(1), ...samePgbench(1), atLeast: 0.35, goal: 0.5 },
]
const otherRatios: readonly Ratio[] = [
  { what: epistle(64), ...bestRaw },
  { what: epistle(64), ...bestIndexed },
  { what: epistle(32), ...bestRaw },
  { what: epistle(8), ...bestRaw },
  { what: epistle(1), to: raw(1), against: [raw(1)] },
  { what: epistle(64), to: echo, against: [echo] },
  { ...withoutGroups, atLeast: 2.5 },
  { ...withoutGroups, of: 'p50', atMost: 0.4 },
  { ...withoutGroups, of: 'p99', atMost: 0.75 },
  ...batchRatios,
]
const shown = [
  ...connections.map(epistle),
  ...batchConnections.map(oneBatch),
  single,
  echo,
  ...pgbenchConnections.map(minimal),
  ...rawConnections.map(raw),
  ...indexedConnections.map(indexed),
]

const comparedWithoutPgbench = { ratios: otherRatios, shown }
const compared = {
  ratios: [...pgbenchRatios, ...minimalRatios, ...otherRatios],
  shown: [...shown, ...pgbenchConnections.map(pgbench)],
}

function sqlTurns(name: (n: number) => string, connections: readonly number[], sql: RawSql) {
  return connections.map((n) => turn(name(n), () => sql.measure(n, turnMs)))
}

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('messages')
    const plainSql = await prepareRawSql(server, users, false)
    const indexedSql = await prepareRawSql(server, users, true)
    const byPgbench = await preparePgbench(server, users, say)
    const { measureHttp, note } = await chooseHttpClient(server, say)
    await installInto(url)
    await withClient(url, async (client) => {
      const requests = messages(await settle(client, users))
      const kinds = ['epistle', 'one batch on its way', 'one append a request'] as const
      const measured = await withServers(
        server,
        kinds,
        url,
        async ([grouped = '', batch = '', one = '']) =>
          withServers(server, ['bare fastify'], indexedSql.url, async ([bare = '']) => {
            const load = (to: string, n: number, status: number) => {
              return { urls: [to], connections: n, requests, status }
            }
            const warmUps = [grouped, batch, one].map((to) => load(to, 64, 201))
            warmUps.push(load(bare, 64, 200))
            await warmUpServers(warmUps, say, measureHttp)
            const send = (to: string, n: number, status: number) => () =>
              measureHttp(load(to, n, status), turnMs)
            const turns = [
              ...connections.map((n) => turn(epistle(n), send(grouped, n, 201))),
              ...pgbenchConnections.map((n) =>
                turn(minimal(n), () => measureHttp(inserts([bare], indexedSql.users, n), turnMs)),
              ),
              ...batchConnections.map((n) => turn(oneBatch(n), send(batch, n, 201))),
              turn(single, send(one, 64, 201)),
              turn(echo, send(bare, 64, 200)),
              ...sqlTurns(raw, rawConnections, plainSql),
              ...sqlTurns(indexed, indexedConnections, indexedSql),
              ...(byPgbench ? sqlTurns(pgbench, pgbenchConnections, byPgbench) : []),
            ]
            return measureTurns(turns, rounds, say)
          }),
      )
      const report = { bench: 'messages', ...measured, note, write }
      await publishRatios(client, { ...report, ...(byPgbench ? compared : comparedWithoutPgbench) })
    })
  })
}
