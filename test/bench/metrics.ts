// Metrics: what they cost POST /messages. A server with an admin port counts the facts of its requests in one slice of
// time and not in the next. Both are measured in one process, because two processes with the same code differ by up to
// 5 % for as long as they run; each round starts a new one. What the process does without a request, and when its
// metrics are read, is measured apart.
import { setTimeout as pause } from 'node:timers/promises'
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { figures } from './figures.ts'
import { chooseHttpClient } from './http-client.ts'
import type { Side, Slice, Slices } from './metrics-switch.ts'
import { messages, settle } from './people.ts'
import { processorTimeOfProcess } from './processor-time.ts'
import { measureRounds } from './quiet.ts'
import type { Measured } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { type Program, withServers } from './server-process.ts'
import type { Round } from './turns.ts'

const users = 1_000
/** Until V8 has compiled the code of a message with its best compiler. */
const warmUpMs = 20_000
/** The load's own warm-up, at most. */
const loadWarmUpMs = 1_000
/** The code of a lone message is compiled in this time, too. */
const beginMs = 4_000
/** Slices are short, so that the machine is about as fast for both sides. */
const each: Slices = { slices: 300, ms: 100 }
/** The most and the least expensive slices of each side are left out: this share at either end. */
const leftOut = 0.1
/** The most first, so that the code of a lone message is compiled, too, before it is measured. */
const connections = [64, 1]
/** How often the metrics are read to learn what that costs, and how often Prometheus reads them by default. */
const scrapes = 20
const scrapeSeconds = 15

const name = (side: Side, n: number) =>
  `POST /messages, ${n === 1 ? '1 connection' : `${n} connections`}, ${side} metrics`
const ratios: readonly Ratio[] = connections.flatMap((n): Ratio[] => {
  const both = { what: name('with', n), to: 'without', against: [name('without', n)] }
  const cpu: Ratio = { ...both, of: 'cpu' }
  return [{ ...both, atLeast: 0.98 }, n === 64 ? { ...cpu, atMost: 1.02 } : cpu]
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
          const measure = (connections: number, ms: number) =>
            measureHttp({ urls: [program.url], connections, requests, status: 201 }, ms)
          say('warming up the server')
          await measure(64, warmUpMs)
          await measureIdle(program, say)
          return measureBoth(program, measure, say)
        })
      const measured = await measureRounds(rounds, say, turn)
      await publishRatios(client, { bench: 'metrics', ...measured, ratios, shown, note, write })
    })
  })
}

/** Measures the server while it counts and while it does not, with each number of connections. */
async function measureBoth(
  program: Program,
  measure: (connections: number, ms: number) => Promise<Measured>,
  say: (line: string) => void,
): Promise<Round> {
  const round: Record<string, Measured> = {}
  for (const n of connections) {
    const lasting = each.slices * each.ms
    // The slices begin when the load is under way, and end before it does.
    const load = measure(n, beginMs + lasting * 1.1 + beginMs)
    await pause(beginMs + loadWarmUpMs)
    const slices = (await program.ask(each)) as readonly Slice[]
    const { p50, p99 } = await load
    for (const side of ['without', 'with'] as const) {
      const ofSide = slices.filter((slice) => slice.side === side)
      const summary = summarize(ofSide)
      round[name(side, n)] = { ...summary, p50, p99 }
      say(`  ${name(side, n)}: ${figures(summary.cpu)} µs of processor time`)
    }
  }
  return round
}

/** The rate, and the processor time for each message in microseconds, which leaves out the most unusual slices. */
function summarize(slices: readonly Slice[]): Required<Pick<Measured, 'rate' | 'cpu'>> {
  const cost = ({ processorTime, responses }: Slice) => processorTime / responses
  const sorted = slices.toSorted((a, b) => cost(a) - cost(b))
  const out = Math.floor(sorted.length * leftOut)
  const kept = sorted.slice(out, sorted.length - out)
  return {
    rate: (1_000 * sum(slices, 'responses')) / sum(slices, 'ms'),
    cpu: sum(kept, 'processorTime') / sum(kept, 'responses'),
  }
}

function sum(slices: readonly Slice[], of: 'responses' | 'processorTime' | 'ms'): number {
  return slices.reduce((total, slice) => total + slice[of], 0)
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

async function readMetrics({ adminUrl }: Program): Promise<void> {
  const response = await fetch(`${adminUrl}/metrics`)
  if (!(await response.text()).includes('epistle_log_position')) throw new Error('no metrics')
}
