// Read tables: what each read table that contains messages costs senders, compared with messages_3 alone;
// and what all of them together cost.
//
// One database contains all tables, and one server runs. In each turn messages are projected into the turn's
// own tables alone, so all turns have the same log and differ in nothing else.
import type { ClientBase } from 'pg'
import { familyOf, releaseOf } from '../../src/platform/read-models/releases/releases.ts'
import { transaction } from '../../src/platform/read-models/transactions.ts'
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { messages, settle } from './people.ts'
import { measureHttp, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, type Turn } from './turns.ts'

const users = 1_000
const connections = 64
const turnMs = 3_000
const eventTable = 'message_sent_3'
const first = 'messages_3'

/** The read tables that messages are projected into, by the name of the turn. */
type Arrangements = Readonly<Record<string, readonly string[]>>
const alone = `${first} alone`
const all = 'all tables of a new database'

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('read_tables')
    await installInto(url, { to: releaseOf(first) })
    await installInto(url)
    await withClient(url, async (client) => {
      const arrangements = arrange(await tablesOfMessages(client))
      const people = await settle(client, users)
      const measured = await withServers(server, ['epistle'], url, async (urls) => {
        const load = { urls, connections, requests: messages(people), status: 201 }
        await warmUpServers([load], say)
        const turns = Object.entries(arrangements).map(([name, tables]): Turn => {
          return async () => {
            await switchTo(client, tables)
            return { [name]: await measureHttp(load, turnMs) }
          }
        })
        return measureTurns(turns, rounds, say)
      })
      const shown = Object.keys(arrangements)
      const ratios = shown.slice(1).map(ratio)
      const note = `${connections} connections each.`
      const report = { bench: 'read-tables', ...measured, ratios, shown, note, write }
      await publishRatios(client, report)
    })
  })
}

function ratio(what: string): Ratio {
  return { what, to: alone, against: [alone], ...(what === all && { atLeast: 0.6 }) }
}

async function tablesOfMessages(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select read_table as name from engine.attached where event_type = $1 order by 1',
    [eventTable],
  )
  return rows.map(({ name }) => name)
}

/** The first table alone; then each other table with it, or instead of it if it is of the same family. */
function arrange(tables: readonly string[]): Arrangements {
  const others = tables.filter((table) => table !== first)
  const beside = others.map((table) =>
    familyOf(table) === familyOf(first)
      ? [`${table} in its place`, [table]]
      : [`${first} and ${table}`, [first, table]],
  )
  return { [alone]: [first], ...Object.fromEntries(beside), [all]: others }
}

async function switchTo(client: ClientBase, tables: readonly string[]): Promise<void> {
  await transaction(client, async () => {
    await client.query('delete from engine.attached where event_type = $1', [eventTable])
    await client.query('call engine.attach($1, $2)', [eventTable, tables])
  })
}
