// Metrics: what the admin port and its metrics cost POST /messages. Two servers on one database, one with the admin
// port, which is read every five seconds, take turns of the same length, in an order that cancels out a drift. The
// ratio that counts is that of the processor time of the servers for each message: throughput varies more from one
// turn to the next than the metrics cost. Two processes with the same code differ by some percent for as long as they
// run, so each round starts new ones.
import type { ClientBase } from 'pg'
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { chooseHttpClient } from './http-client.ts'
import { messages, settle } from './people.ts'
import { processorTimeOfProcess } from './processor-time.ts'
import { type HttpLoad, type Measured, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { type Program, withServers } from './server-process.ts'
import { measureTurns, type Round } from './turns.ts'

const users = 1_000
/** A part of a turn. Short parts meet a machine that is about as fast for both sides. */
const partMs = 1_000
/** How often the metrics are read, three times as often as usual. */
const readMs = 5_000
/** The most first, so that the code of a lone message is compiled, too, before it is measured. */
const connections = [64, 1]
/** Warms up for each number of connections: a batch of one message takes other ways through the code. */
const warmUpMs = 3_000

type Side = 'without' | 'with'

/** The parts of a turn. */
const order: readonly Side[] = Array.from(
  { length: 2 },
  () => ['without', 'with', 'with', 'without'] as const,
).flat()

const name = (side: Side, n: number) =>
  `POST /messages, ${n === 1 ? '1 connection' : `${n} connections`}, ${side} metrics`
const ratios: readonly Ratio[] = connections.flatMap((n): Ratio[] => {
  const both = { what: name('with', n), to: 'without', against: [name('without', n)] }
  return [{ ...both, of: 'cpu', atMost: 1.02 }, both]
})
const shown = connections.flatMap((n) => [name('without', n), name('with', n)])

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('metrics')
    await installInto(url)
    const { measureHttp, note } = await chooseHttpClient(server, say)
    await withClient(url, async (client) => {
      const requests = messages(await settle(client, users))
      const load = ({ url }: Program, connections: number): HttpLoad => {
        return { urls: [url], connections, requests, status: 201 }
      }
      const turn = () =>
        withServers(server, ['epistle', 'epistle with metrics'], url, async (_, servers) => {
          const loads = servers.map((program) => load(program, 64))
          await warmUpServers(loads, () => undefined, measureHttp)
          const measurePart: MeasurePart = (program, n, ms) =>
            measureCpu(client, program, () => measureHttp(load(program, n), ms))
          return measureBoth(servers, measurePart)
        })
      const measured = await measureTurns([turn], rounds, say)
      await publishRatios(client, { bench: 'metrics', ...measured, ratios, shown, note, write })
    })
  })
}

type MeasurePart = (program: Program, connections: number, ms: number) => Promise<Measured>

/** Measures the server without metrics, and the one with them, with each number of connections. */
async function measureBoth(servers: readonly Program[], measure: MeasurePart): Promise<Round> {
  const [without, withMetrics] = servers as [Program, Program]
  const round: Record<string, Measured> = {}
  const reading = setInterval(readMetrics, readMs, withMetrics)
  for (const n of connections) {
    for (const program of servers) await measure(program, n, warmUpMs)
    const found: Record<Side, Measured[]> = { without: [], with: [] }
    for (const side of order) {
      found[side].push(await measure(side === 'with' ? withMetrics : without, n, partMs))
    }
    round[name('without', n)] = mean(found.without)
    round[name('with', n)] = mean(found.with)
  }
  clearInterval(reading)
  return round
}

/** Adds the processor time of a message. */
async function measureCpu(
  client: ClientBase,
  { pid }: Program,
  measure: () => Promise<Measured>,
): Promise<Measured> {
  const appended = async () => {
    const { rows } = await client.query('select last_value from log.events_position_seq')
    return Number(rows[0].last_value)
  }
  const [usedBefore, before] = [await processorTimeOfProcess(pid), await appended()]
  const found = await measure()
  // A position for each message, also of the warm-up.
  const used = (await processorTimeOfProcess(pid)) - usedBefore
  return { ...found, cpu: used / ((await appended()) - before) }
}

async function readMetrics({ adminUrl }: Program): Promise<void> {
  const response = await fetch(`${adminUrl}/metrics`)
  if (!(await response.text()).includes('epistle_log_position')) throw new Error('no metrics')
}

function mean(parts: readonly Measured[]): Measured {
  const of = (key: keyof Measured) =>
    parts.reduce((sum, part) => sum + (part[key] ?? Number.NaN), 0) / parts.length
  return { rate: of('rate'), p50: of('p50'), p99: of('p99'), cpu: of('cpu') }
}
