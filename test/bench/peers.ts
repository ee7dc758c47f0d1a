// Peers: POST /messages compared with a PostGraphile mutation that inserts the message, and with Emmett's append of an
// event with an inline projection; a page of fifty messages compared with a PostGraphile query of the same page. The
// same PostgreSQL, the same client, in turns. The peers have no authentication and fewer guarantees.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { installInto } from '../support/installed.ts'
import { content, oneOf } from './actor.ts'
import type { Bench } from './bench.ts'
import { writeMessages } from './history.ts'
import { chooseHttpClient, type HttpClient } from './http-client.ts'
import { emmettVersion, installPeers, postgraphileVersion } from './peer-packages.ts'
import { checkPeer, mutations, pages, plainPosts } from './peer-requests.ts'
import { openEmmett } from './peer-server.ts'
import { createPeerDatabase } from './peer-tables.ts'
import { messages, type Person, pagesById, reads, settle } from './people.ts'
import { type HttpLoad, measureLoops, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withPrograms, withServers } from './server-process.ts'
import { measureTurns, type Turn, turn } from './turns.ts'

const turnMs = 2_000
const connections = [1, 64]
/** So that each user has some hundred messages, several pages. */
const [users, history] = [1_000, 200_000]

const over = (n: number) => `${n} connection${n === 1 ? '' : 's'}`
const names = {
  epistle: (n: number) => `POST /messages, ${over(n)}`,
  postgraphile: (n: number) => `PostGraphile, mutation createMessage, ${over(n)}`,
  emmett: (n: number) => `Emmett behind a bare route, ${over(n)}`,
  append: (n: number) => `Emmett's append, called directly, ${over(n)}`,
}
const page = 'GET /messages?limit=50, 64 connections'
const peerPage = 'PostGraphile, query of the same page, 64 connections'
const minimalPage = 'the SQL of the page, by fastify and pg alone, 64 connections'

const p50 = (to: keyof typeof names, bounds: Partial<Ratio>): Ratio => {
  const against = [names[to](1)]
  return { what: names.epistle(1), of: 'p50', to: against[0] as string, against, ...bounds }
}
const rate = (to: keyof typeof names, n: number): Ratio => {
  const against = [names[to](n)]
  return { what: names.epistle(n), to: against[0] as string, against }
}
const ratios: readonly Ratio[] = [
  p50('postgraphile', { atMost: 1.4, goal: 1 }),
  p50('append', { atMost: 0.8, goal: 0.6 }),
  p50('emmett', {}),
  ...connections.flatMap((n) => [rate('postgraphile', n), rate('append', n), rate('emmett', n)]),
  { what: page, to: peerPage, against: [peerPage], atLeast: 2, goal: 3 },
  // The least that a page of an HTTP server with these libraries does.
  { what: minimalPage, to: peerPage, against: [peerPage] },
]
const shown = [
  ...Object.values(names).flatMap((name) => connections.map(name)),
  page,
  peerPage,
  minimalPage,
]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    say('installing the peers')
    const directory = join(server.directory, 'peers')
    await mkdir(directory)
    await installPeers(directory)
    const { measureHttp, note: httpClient } = await chooseHttpClient(server, say)
    const url = await server.database('peers_epistle')
    await installInto(url)
    await withClient(url, async (client) => {
      const people = await settle(client, users)
      const ids = people.map(({ id }) => id)
      await writeMessages(client, ids, history)
      const graphUrl = await createPeerDatabase(server, 'peers_postgraphile', ids, history)
      const emmettUrl = await createPeerDatabase(server, 'peers_emmett', ids, history)
      const { append, close } = openEmmett(directory, emmettUrl)
      await append({ from: ids[0] as string, to: ids[0] as string, content }) // creates its schema
      const programs = [
        ['peer-server.ts', 'postgraphile', directory, graphUrl],
        ['peer-server.ts', 'emmett', directory, emmettUrl],
      ] as const
      const kinds = ['epistle', 'bare fastify'] as const
      const measured = await withServers(server, kinds, url, ([epistle = '', bare = '']) =>
        withPrograms(server, programs, async ([graph = '', emmett = '']) => {
          await checkPeer(graph, people)
          const loads = makeLoads({ epistle, bare, graph, emmett }, people)
          const all = Object.values(loads).map((load) => load(64))
          await warmUpServers(all, say, measureHttp)
          const call = () => append({ from: oneOf(people).id, to: oneOf(people).id, content })
          return measureTurns(makeTurns(loads, call, measureHttp), rounds, say)
        }),
      )
      await close()
      const note = `PostGraphile ${postgraphileVersion}, Emmett ${emmettVersion}. ${httpClient}`
      await publishRatios(client, { bench: 'peers', ...measured, ratios, shown, note, write })
    })
  })
}

/** The loads of the servers, each for so many connections. */
function makeLoads(
  urls: Readonly<Record<'epistle' | 'bare' | 'graph' | 'emmett', string>>,
  people: readonly Person[],
) {
  const load =
    (url: string, requests: HttpLoad['requests'], status: number) =>
    (connections: number): HttpLoad => ({ urls: [url], connections, requests, status })
  const { epistle, bare, graph, emmett } = urls
  return {
    epistle: load(epistle, messages(people), 201),
    postgraphile: load(graph, mutations(people), 200),
    emmett: load(emmett, plainPosts(people), 201),
    page: load(epistle, reads(people, '/messages?limit=50'), 200),
    peerPage: load(graph, pages(people), 200),
    minimalPage: load(bare, pagesById(people), 200),
  }
}

function makeTurns(
  loads: ReturnType<typeof makeLoads>,
  call: () => Promise<unknown>,
  measureHttp: HttpClient['measureHttp'],
): Turn[] {
  const send = (name: string, load: HttpLoad) => turn(name, () => measureHttp(load, turnMs))
  return [
    ...connections.flatMap((n) => [
      send(names.epistle(n), loads.epistle(n)),
      send(names.postgraphile(n), loads.postgraphile(n)),
      send(names.emmett(n), loads.emmett(n)),
      turn(names.append(n), () => measureLoops(Array(n).fill(call), turnMs)),
    ]),
    send(page, loads.page(64)),
    send(peerPage, loads.peerPage(64)),
    send(minimalPage, loads.minimalPage(64)),
  ]
}
