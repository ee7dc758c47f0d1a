// Thousands of races, for `npm run soak`: SOAK_RACES in the environment sets how many, SOAK_SEED the first seed.
import t, { type Test } from 'tap'

const races = Number(process.env.SOAK_RACES ?? 5_000)
/** Races per database. After that the log is long, so the next ones start on a fresh database. */
const each = Math.min(500, races)
const seeds = Math.ceil(races / each)
const first = Number(process.env.SOAK_SEED ?? 1)

/** Runs the races as one test for each database. `title` says what they are, and how they end. */
export function soakRaces(
  title: string,
  race: (t: Test, rounds: number, seed: number) => Promise<object>,
): void {
  for (let seed = first; seed < first + seeds; seed += 1) {
    t.test(`${each} races ${title} (seed ${seed})`, async (t) => {
      t.comment(JSON.stringify(await race(t, each, seed)))
    })
  }
}
