// Turns: what is compared is measured in one interleaved run, in each round in another order, so that
// a busy machine hits all alike; ratios are of two turns of one round, and their median counts.
import { figures, hundreds, median } from './figures.ts'
import { measureRounds, type Rounds } from './quiet.ts'
import type { Measured } from './rate.ts'
import { table } from './report.ts'

/** What is measured, by name. */
export type Turns = Readonly<Record<string, () => Promise<Measured>>>
export type Round = Readonly<Record<string, Measured>>

/** How one turn compares with others; of several the best counts. */
export interface Ratio {
  readonly turn: string
  readonly of?: keyof Measured
  readonly to: string
  readonly against: readonly string[]
  readonly atLeast?: number
  readonly atMost?: number
  /** More than is promised. */
  readonly goal?: number
}

/** Gives every turn its turn, so many rounds. */
export async function measureTurns(
  turns: Turns,
  rounds: number,
  say: (line: string) => void,
): Promise<Rounds<Round>> {
  const all = Object.entries(turns)
  say('warming up') // until its code is compiled and its caches are full, nobody is himself
  for (const [, measure] of all) await measure()
  return measureRounds(rounds, say, async (nth) => {
    const first = nth % all.length
    const round: Record<string, Measured> = {}
    for (const [name, measure] of [...all.slice(first), ...all.slice(0, first)]) {
      round[name] = await measure()
      say(`  ${name}: ${describe(round[name])}`)
    }
    return round
  })
}

function describe({ rate, p50, p99 }: Measured): string {
  return `${hundreds(rate)} a second, p50 ${figures(p50)} ms, p99 ${figures(p99)} ms`
}

/** The ratios as a table: median, least and most of the rounds, target, and whether it is met. */
export function ratios(rounds: readonly Round[], all: readonly Ratio[]): string {
  const rows = all.map((ratio) => {
    const { turn, of = 'rate', to } = ratio
    const found = rounds.map((round) => ratioOf(round, ratio))
    const what = of === 'rate' ? turn : `${turn}: ${of}`
    const spread = `${figures(Math.min(...found))}–${figures(Math.max(...found))}`
    return [what, to, figures(median(found)), spread, ...judge(median(found), ratio)]
  })
  return table([['what', 'compared with', 'ratio', 'rounds', 'target', 'met'], ...rows])
}

function ratioOf(round: Round, { turn, against, of = 'rate' }: Ratio): number {
  const value = (name: string) => round[name]?.[of] ?? Number.NaN
  const others = against.map(value)
  return value(turn) / (of === 'rate' ? Math.max(...others) : Math.min(...others))
}

function judge(ratio: number, { atLeast, atMost, goal }: Ratio): string[] {
  if (atMost !== undefined) return [`≤ ${atMost}`, ratio <= atMost ? 'yes' : '**no**']
  if (atLeast === undefined) return ['', '']
  const target = goal === undefined ? `≥ ${atLeast}` : `≥ ${atLeast}, goal ${goal}`
  if (ratio < atLeast) return [target, '**no**']
  return [target, goal !== undefined && ratio < goal ? 'yes, not the goal' : 'yes']
}

/** What each turn gave, as a table: medians of the rounds. */
export function measurements(rounds: readonly Round[], turns: readonly string[]): string {
  const rows = turns.map((turn) => {
    const middle = (of: keyof Measured) =>
      median(rounds.map((round) => round[turn]?.[of] ?? Number.NaN))
    return [turn, hundreds(middle('rate')), figures(middle('p50')), figures(middle('p99'))]
  })
  return table([['', 'a second', 'p50, ms', 'p99, ms'], ...rows])
}
