// Metrics: what they cost POST /messages. A server with an admin port counts the facts of its requests in one part of a
// turn and not in another, in an order that cancels out a drift. Both are measured in one process, because two processes
// with the same code differ by up to 5 % for as long as they run; each round starts a new one. The ratio that counts is
// that of the processor time of the server for each message: throughput varies more from one part to the next than the
// metrics cost. What the process does without a request, and when its metrics are read, is measured apart.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { figures } from './figures.ts'
import { chooseHttpClient } from './http-client.ts'
import { messages, settle } from './people.ts'
import { processorTimeOfProcess } from './processor-time.ts'
import { type Measured, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { type Program, withServers } from './server-process.ts'
import { measureTurns, type Round } from './turns.ts'

const users = 1_000
/** A part of a turn. Short parts meet a machine that is about as fast for both sides. */
const partMs = 1_000
/** After the switch: V8 compiles the code again that reports a fact. */
const settleMs = 1_000
/** The most first, so that the code of a lone message is compiled, too, before it is measured. */
const connections = [64, 1]
/** How often the metrics are read to learn what that costs, and how often Prometheus reads them by default. */
const scrapes = 20
const scrapeSeconds = 15

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
      const turn = () =>
        withServers(server, ['epistle with metrics'], url, async (_, [program]) => {
          if (!program) throw new Error('no server runs')
          const load = (n: number) => ({
            urls: [program.url],
            connections: n,
            requests,
            status: 201,
          })
          await warmUpServers([load(64)], () => undefined, measureHttp)
          await measureIdle(program, say)
          return measureBoth(program, (n, ms) =>
            measureCpu(client, program, () => measureHttp(load(n), ms)),
          )
        })
      const measured = await measureTurns([turn], rounds, say)
      await publishRatios(client, { bench: 'metrics', ...measured, ratios, shown, note, write })
    })
  })
}

type MeasurePart = (connections: number, ms: number) => Promise<Measured>

/** Measures the server while it counts and while it does not, with each number of connections. */
async function measureBoth(program: Program, measure: MeasurePart): Promise<Round> {
  const round: Record<string, Measured> = {}
  for (const n of connections) {
    const found: Record<Side, Measured[]> = { without: [], with: [] }
    let now: Side | undefined
    for (const side of order) {
      if (side !== now) {
        await program.tell(side === 'with' ? 'on' : 'off')
        await measure(64, settleMs)
        if (n !== 64) await measure(n, settleMs)
      }
      now = side
      found[side].push(await measure(n, partMs))
    }
    round[name('without', n)] = mean(found.without)
    round[name('with', n)] = mean(found.with)
  }
  return round
}

/** Says what the process takes of a processor without a request, and what reading its metrics does. */
async function measureIdle(program: Program, say: (line: string) => void): Promise<void> {
  const used = async (work: () => Promise<unknown>) => {
    const before = await processorTimeOfProcess(program.pid)
    await work()
    return (await processorTimeOfProcess(program.pid)) - before
  }
  const read = async () => {
    for (let n = 0; n < scrapes; n += 1) await readMetrics(program)
  }
  await read()
  const idle = await used(() => pause(5_000))
  const ms = (await used(read)) / scrapes / 1_000
  const share = figures(ms / 10 / scrapeSeconds)
  say(
    `  idle: ${figures(idle / 50_000)} % of a processor; a reading: ${figures(ms)} ms, every ${scrapeSeconds} s ${share} %`,
  )
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
