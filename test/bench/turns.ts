// Turns: compared measurements are interleaved, in a different order in each round, so that a busy
// machine affects all equally.
import { figures, hundreds } from './figures.ts'
import { measureRounds, type Rounds } from './quiet.ts'
import type { Measured } from './rate.ts'

/** The measurements of a round, by name. */
export type Round = Readonly<Record<string, Measured>>
/** Takes one measurement, or several at the same time. */
export type Turn = () => Promise<Round>

export function turn(name: string, measure: () => Promise<Measured>): Turn {
  return async () => ({ [name]: await measure() })
}

/** Runs all turns in each of so many rounds. */
export async function measureTurns(
  turns: readonly Turn[],
  rounds: number,
  say: (line: string) => void,
): Promise<Rounds<Round>> {
  say('warming up') // a turn is slower until its code is compiled and its caches are full
  for (const measure of turns) await measure()
  return measureRounds(rounds, say, async (nth) => {
    const first = nth % turns.length
    const round: Record<string, Measured> = {}
    for (const measure of [...turns.slice(first), ...turns.slice(0, first)]) {
      const found = await measure()
      Object.assign(round, found)
      for (const [name, values] of Object.entries(found)) say(`  ${name}: ${describe(values)}`)
    }
    return round
  })
}

function describe({ rate, p50, p99, cpu }: Measured): string {
  const used = cpu === undefined ? '' : `, ${figures(cpu)} µs of processor time`
  return `${perSecond(rate)} a second, p50 ${figures(p50)} ms, p99 ${figures(p99)} ms${used}`
}

export function perSecond(rate: number): string {
  return rate < 1_000 ? figures(rate) : hundreds(rate)
}
