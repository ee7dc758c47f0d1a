// Ratios: each measurement divided by a reference from the same round, and compared with a target.
import type { ClientBase } from 'pg'
import { figures, median, percent } from './figures.ts'
import type { Rounds } from './quiet.ts'
import type { Measured } from './rate.ts'
import { describeMachine, publish, table } from './report.ts'
import { perSecond, type Round } from './turns.ts'

/** A comparison of one measurement with others; of several references the best one counts. */
export interface Ratio {
  readonly what: string
  readonly of?: keyof Measured
  readonly to: string
  readonly against: readonly string[]
  readonly atLeast?: number
  readonly atMost?: number
  /** A goal beyond the promised target. */
  readonly goal?: number
}

interface Report extends Rounds<Round> {
  /** The bench's name. */
  readonly bench: string
  readonly ratios: readonly Ratio[]
  /** The measurements shown in the second table, in this order. */
  readonly shown: readonly string[]
  /** An additional sentence about the measurement. */
  readonly note?: string
  /** A further table, below the others. */
  readonly more?: string
  readonly write: boolean
}

const labels = { rate: 'throughput', p50: 'p50', p99: 'p99', cpu: 'processor time' }

/** Prints the ratios and their measurements; writes them to README.md if `write` is set. */
export async function publishRatios(client: ClientBase, report: Report): Promise<void> {
  const { bench, results, busy, ratios, shown, note, more, write } = report
  const text = [
    ...(ratios.length > 0 ? [compare(results, ratios)] : []),
    list(results, shown),
    ...(more ? [more] : []),
    `Rounds: ${results.length} (medians). Other processes used at most ${percent(busy)} of the machine just ` +
      `before or after a round. ${note ? `${note} ` : ''}Measured on ${await describeMachine(client)}.`,
  ]
  await publish(bench, text.join('\n\n'), write)
}

/** Median of the rounds, their minimum and maximum, the target, and whether the median meets it. */
function compare(rounds: readonly Round[], ratios: readonly Ratio[]): string {
  const rows = ratios.map((ratio) => {
    const { what, of = 'rate', to } = ratio
    const found = rounds.map((round) => ratioIn(round, ratio))
    const spread = `${figures(Math.min(...found))} – ${figures(Math.max(...found))}`
    const name = of === 'rate' ? what : `${what}: ${labels[of]}`
    // One more digit than elsewhere: 0.797 is not 0.8.
    const middle = median(found)
    return [name, to, middle.toPrecision(3), spread, ...judge(middle, ratio)]
  })
  return table([['what', '÷', 'ratio', 'rounds', 'target', 'met'], ...rows])
}

function ratioIn(round: Round, { what, against, of = 'rate' }: Ratio): number {
  const value = (name: string) => round[name]?.[of] ?? Number.NaN
  const others = against.map(value)
  return value(what) / (of === 'rate' ? Math.max(...others) : Math.min(...others))
}

function judge(ratio: number, { atLeast, atMost, goal }: Ratio): readonly string[] {
  const limit = atMost ?? atLeast
  if (limit === undefined) return ['', '']
  const sign = atMost === undefined ? '≥' : '≤'
  const meets = (bound: number) => (sign === '≤' ? ratio <= bound : ratio >= bound)
  const target = goal === undefined || goal === limit ? '' : `, goal ${goal}`
  const met = !meets(limit) ? '**no**' : meets(goal ?? limit) ? 'yes' : 'yes, but not the goal'
  return [`${sign} ${limit}${target}`, met]
}

function list(rounds: readonly Round[], names: readonly string[]): string {
  const values = (name: string, of: keyof Measured) =>
    rounds.map((round) => round[name]?.[of] ?? Number.NaN)
  const hasCpu = names.some((name) => values(name, 'cpu').every(Number.isFinite))
  const rows = names.map((name) => {
    const middle = (of: keyof Measured) => median(values(name, of))
    const cells = [name, perSecond(middle('rate')), figures(middle('p50')), figures(middle('p99'))]
    return hasCpu ? [...cells, figures(middle('cpu'))] : cells
  })
  const head = ['', 'a second', 'p50, ms', 'p99, ms', ...(hasCpu ? ['processor, µs'] : [])]
  return table([head, ...rows])
}
