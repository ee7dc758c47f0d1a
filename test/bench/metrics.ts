// Metrics: what the admin port and its metrics cost POST /messages. Two servers on one database, one with the admin
// port, which is read every five seconds, take turns of the same length, in an order that cancels out a drift. The
// ratio that counts is that of the processor time of the servers for each message: throughput varies more from one
// turn to the next than the metrics cost.
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { chooseHttpClient } from './http-client.ts'
import { messages, settle } from './people.ts'
import { processorTimeOfProcess } from './processor-time.ts'
import { type Measured, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, type Turn } from './turns.ts'

const users = 1_000
/** A part of a turn, of which a turn has two for each side. */
const partMs = 5_000
const connections = [1, 64]

type Side = 'without' | 'with'

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
      const kinds = ['epistle', 'epistle with metrics'] as const
      const measured = await withServers(server, kinds, url, async (urls, pids) => {
        const load = (side: Side, n: number) => {
          return { urls: [urls[indexOf(side)] ?? ''], connections: n, requests, status: 201 }
        }
        await warmUpServers([load('without', 64), load('with', 64)], say, measureHttp)
        const appended = async () =>
          Number(
            (await client.query('select last_value from log.events_position_seq')).rows[0]
              .last_value,
          )
        const measurePart = async (side: Side, n: number): Promise<Measured> => {
          const used = () => processorTimeOfProcess(pids[indexOf(side)] ?? 0)
          const [usedBefore, before] = [await used(), await appended()]
          const found = await measureHttp(load(side, n), partMs)
          // A position for each message, also of the warm-up.
          return { ...found, cpu: ((await used()) - usedBefore) / ((await appended()) - before) }
        }
        return measureTurns(
          connections.map((n) => bothSides(n, measurePart)),
          rounds,
          say,
        )
      })
      await publishRatios(client, { bench: 'metrics', ...measured, ratios, shown, note, write })
    })
  })
}

function indexOf(side: Side): number {
  return side === 'without' ? 0 : 1
}

function bothSides(n: number, measure: (side: Side, n: number) => Promise<Measured>): Turn {
  return async () => {
    const first = await measure('without', n)
    const middle = [await measure('with', n), await measure('with', n)] as const
    const last = await measure('without', n)
    return { [name('without', n)]: mean(first, last), [name('with', n)]: mean(...middle) }
  }
}

function mean(one: Measured, other: Measured): Measured {
  const of = (key: keyof Measured) => ((one[key] ?? Number.NaN) + (other[key] ?? Number.NaN)) / 2
  return { rate: of('rate'), p50: of('p50'), p99: of('p99'), cpu: of('cpu') }
}
