// Reads: a page of fifty messages compared with its SQL, and a profile compared with a constant.
import type { ClientBase } from 'pg'
import { beyondLastPosition } from '../../src/platform/event-store/event.ts'
import { installInto } from '../support/installed.ts'
import { oneOf } from './actor.ts'
import type { Bench } from './bench.ts'
import { writeMessages } from './history.ts'
import { chooseHttpClient } from './http-client.ts'
import { pageSql } from './page-sql.ts'
import { type Person, pagesById, reads, settle } from './people.ts'
import { type HttpLoad, measureSql, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, turn } from './turns.ts'

const connections = 64
const turnMs = 2_000
/** So that each user has some hundred messages, several pages. */
const [users, sent] = [1_000, 200_000]

const page = 'GET /messages?limit=50'
const barePage = 'the SQL of the page, prepared, through pg'
const minimalPage = 'the SQL of the page, by fastify and pg alone'
const profile = 'GET /users/me'
const constant = 'fastify answering a constant'

const shown = [page, barePage, minimalPage, profile, constant]
const ratios: readonly Ratio[] = [
  { what: page, to: barePage, against: [barePage], atLeast: 0.6, goal: 0.75 },
  // The least that an HTTP server with these libraries does, without a session, a log or a schema.
  { what: minimalPage, to: barePage, against: [barePage] },
  { what: page, to: minimalPage, against: [minimalPage] },
  { what: profile, to: constant, against: [constant], atLeast: 0.25 },
]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('reads')
    await installInto(url)
    const { measureHttp, note } = await chooseHttpClient(server, say)
    await withClient(url, async (client) => {
      say('writing the history')
      const people = await settle(client, users)
      const ids = people.map(({ id }) => id)
      await writeMessages(client, ids, sent)
      const kinds = ['epistle', 'bare fastify'] as const
      const measured = await withServers(server, kinds, url, async ([epistle = '', bare = '']) => {
        await checkPage(epistle, people)
        const pages = load(epistle, reads(people, '/messages?limit=50'))
        const profiles = load(epistle, reads(people, '/users/me'))
        const constants = load(bare, reads(people, '/users/me'))
        const minimal = load(bare, pagesById(people))
        await warmUpServers([pages, minimal, profiles, constants], say, measureHttp)
        const turns = [
          turn(page, () => measureHttp(pages, turnMs)),
          turn(barePage, () => measureSql(url, Array(connections).fill(readOne(ids)), turnMs)),
          turn(minimalPage, () => measureHttp(minimal, turnMs)),
          turn(profile, () => measureHttp(profiles, turnMs)),
          turn(constant, () => measureHttp(constants, turnMs)),
        ]
        return measureTurns(turns, rounds, say)
      })
      const notes = `${connections} connections each. ${note}`
      const report = { bench: 'reads', ...measured, ratios, shown, note: notes, write }
      await publishRatios(client, report)
    })
  })
}

function load(url: string, requests: HttpLoad['requests']): HttpLoad {
  return { urls: [url], connections, requests, status: 200 }
}

function readOne(ids: readonly string[]) {
  return (client: ClientBase) =>
    client.query({ ...pageSql, values: [oneOf(ids), beyondLastPosition] })
}

/** Checks that a page is full: a short page would be fast. */
async function checkPage(url: string, [person]: readonly Person[]): Promise<void> {
  const headers = { authorization: `Bearer ${person?.token}` }
  const answer = await fetch(`${url}/messages?limit=50`, { headers })
  const { items } = (await answer.json()) as { items: readonly unknown[] }
  if (items.length !== 50) throw new Error(`a page has ${items.length} messages, expected 50`)
}
