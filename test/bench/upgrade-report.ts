// The tables of the bench "upgrade": latency phase by phase, cut-overs, and the speed of builds.
import type { ClientBase } from 'pg'
import { familyOf } from '../../src/platform/read-models/releases/releases.ts'
import { figures, hundreds, median, percent, percentile } from './figures.ts'
import type { History } from './history.ts'
import type { Load, Sample } from './load.ts'
import { describeMachine, publish, table } from './report.ts'
import { type Build, type Interval, type Phase, phases, type Round } from './upgrade-round.ts'

const names: Record<Phase, string> = {
  before: 'before',
  computing: 'beside a query that only computes',
  declare: 'new tables, attached',
  build: 'build, cut-overs included',
  after: 'after: both versions live',
  retire: 'retire',
}

export interface Upgrade {
  readonly client: ClientBase
  readonly history: History
  readonly results: readonly Round[]
  readonly busy: number
  readonly traffic: Load
  readonly reads: Load
  readonly write: boolean
}

/** Publishes the tables. Throws if an append request of the load failed. */
export async function reportUpgrade(upgrade: Upgrade): Promise<void> {
  const { client, results, traffic, reads, write } = upgrade
  const text = [
    describe(upgrade),
    latencies(results, traffic.samples, reads.samples),
    speeds(results),
    describeVerification(upgrade),
    `Measured on ${await describeMachine(client)}.`,
  ]
  await publish('upgrade', text.join('\n\n'), write)
  const failures = [...traffic.failures, ...reads.failures]
  if (failures.length > 0)
    throw new Error(`${failures.length} requests failed`, { cause: failures[0] })
}

function describe({ history, results, busy, traffic, reads }: Upgrade): string {
  const { rate, senders } = traffic.options
  return (
    `The log contains ${history.registrations.toLocaleString('en')} registrations, a password change for ` +
    `every fourth, sessions, and ${history.messages.toLocaleString('en')} messages. ` +
    `The load is ${figures(rate)} append requests a second over ${senders.length} connections, and ` +
    `${figures(reads.options.rate)} reads of a user's stream over one. ` +
    `Rounds: ${results.length} (medians; max is the maximum of all rounds). Other processes used at most ` +
    `${percent(busy)} of the machine just before or after a round. Of ` +
    `${traffic.samples.length.toLocaleString('en')} append requests ${traffic.failures.length} failed.`
  )
}

function describeVerification({ history, results }: Upgrade): string {
  const seconds = median(results.map(({ verification: { from, to } }) => (to - from) / 1000))
  const rate = hundreds((history.registrations + history.messages) / seconds)
  return (
    `\`verify\` of all live tables, without load: ${figures(seconds)} s, which is ${rate} registrations and ` +
    'messages a second.'
  )
}

/** One round in one line. */
export function describeRound(round: Round, samples: readonly Sample[]): string {
  const summary = phases.map((phase) => {
    const took = during(samples, round.phases[phase])
    return `${phase} p99 ${figures(percentile(took, 99))} max ${figures(Math.max(...took))}`
  })
  return `  ms: ${summary.join(', ')}`
}

/** Latencies of the append requests that overlap an interval, ms. */
function during(samples: readonly Sample[], { from, to }: Interval): number[] {
  return samples
    .filter(({ due, answered }) => answered >= from && due <= to)
    .map(({ due, answered }) => answered - due)
}

function latencies(
  rounds: readonly Round[],
  samples: readonly Sample[],
  reads: readonly Sample[],
): string {
  const longestRead = (intervals: readonly Interval[]) =>
    figures(Math.max(...intervals.flatMap((interval) => during(reads, interval))))
  const p99s = (phase: Phase) => rounds.map((r) => percentile(during(samples, r.phases[phase]), 99))
  const before = p99s('before')
  const rows = phases.map((phase) => {
    const each = rounds.map((round) => during(samples, round.phases[phase]))
    const ratios = p99s(phase).map((p99, n) => p99 / (before[n] as number))
    return [
      names[phase],
      figures(median(rounds.map(({ phases: p }) => (p[phase].to - p[phase].from) / 1000))),
      figures(median(each.map((ms) => percentile(ms, 50)))),
      figures(median(each.map((ms) => percentile(ms, 99)))),
      figures(Math.max(...each.flat())),
      figures(median(ratios)),
      longestRead(rounds.map((round) => round.phases[phase])),
    ]
  })
  const cutOvers = rounds.flatMap(({ builds }) => builds.map(({ cutOver }) => cutOver))
  const caught = cutOvers.flatMap((interval) => during(samples, interval))
  const lasting = median(cutOvers.map(({ from, to }) => to - from)) / 1000
  rows.splice(phases.indexOf('build') + 1, 0, [
    `at the ${cutOvers.length} cut-overs only`,
    figures(lasting),
    figures(percentile(caught, 50)),
    figures(percentile(caught, 99)),
    figures(Math.max(...caught)),
    figures(percentile(caught, 99) / median(before)),
    longestRead(cutOvers),
  ])
  const columns = ['lasts, s', 'p50, ms', 'p99, ms', 'max, ms', 'p99 ÷ before', 'read, max, ms']
  return table([['phase', ...columns], ...rows])
}

function speeds(rounds: readonly Round[]): string {
  const tables = rounds[0]?.builds.map((build) => familyOf(build.table)) ?? []
  const speed = (name: string, builds: (round: Round) => readonly Build[]) =>
    median(
      rounds.map(
        (r) =>
          builds(r).find(({ table }) => familyOf(table) === name)?.eventsPerSecond ?? Number.NaN,
      ),
    )
  const rows = tables.map((name) => {
    const quiet = speed(name, (round) => round.quietBuilds)
    const loaded = speed(name, (round) => round.builds)
    return [name, hundreds(quiet), hundreds(loaded), figures(loaded / quiet)]
  })
  return table([['build of', 'events/s', 'events/s under load', 'ratio'], ...rows])
}
