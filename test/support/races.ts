// Races: commands that meet on two servers, in rounds of every kind in turn. Afterwards all versions of the users agree,
// and every table matches the log. The files `racing-….ts` have the races.
import type { ClientBase } from 'pg'
import type { Test } from 'tap'
import { RejectedError } from '../../src/platform/event-store/errors.ts'
import { rebuild } from '../../src/platform/read-models/rebuild/rebuild.ts'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { randomness } from './racing-writers.ts'
import { damagedTables, versionDifferences } from './read-models/agreement.ts'

interface Rounds<Arena> {
  /** The owner's connection. */
  readonly db: ClientBase
  readonly rounds: number
  readonly seed: number
  /** Each returns its outcome, and throws where that is impossible. */
  readonly races: Readonly<Record<string, (arena: Arena) => Promise<string>>>
  /** What a race works with. `tag` is a part of names that no other round uses. */
  readonly arena: (tag: string, random: () => number) => Arena | Promise<Arena>
  /** Runs beside the races, from the end of their first third. */
  readonly meanwhile?: () => Promise<void>
}

/** Runs the races in turn, and returns how often each outcome occurred. */
export async function runRaces<Arena>(
  t: Test,
  { db, rounds, seed, races, arena, meanwhile }: Rounds<Arena>,
): Promise<Readonly<Record<string, number>>> {
  const random = randomness(seed)
  const all = Object.entries(races)
  const outcomes: Record<string, number> = {}
  let running: Promise<void> | undefined
  for (let round = 0; round < rounds; round += 1) {
    if (round === Math.floor(rounds / 3)) running = meanwhile?.()
    const [name, race] = all[round % all.length] as (typeof all)[number]
    const outcome = await race(await arena(`${seed}-${round}`, random)).catch((error: unknown) => {
      throw new Error(`round ${round} of seed ${seed}, ${name}: ${error}`, { cause: error })
    })
    const key = `${name}: ${outcome}`
    outcomes[key] = (outcomes[key] ?? 0) + 1
  }
  await running
  t.strictSame(await versionDifferences(db), [], 'all versions of users agree')
  t.strictSame(await damagedTables(db), [], 'every table matches the log')
  return outcomes
}

/** Rebuilds these tables, one after the other. */
export async function rebuildAll(client: ClientBase, tables: readonly string[]): Promise<void> {
  for (const table of tables) await rebuild(client, dbDirectory, table, () => undefined)
}

/** Two servers, in an order chosen at random: either one may be the faster. */
export function inEitherOrder<Server>(
  [one, other]: readonly [Server, Server],
  random: () => number,
): readonly [Server, Server] {
  return random() < 0.5 ? [one, other] : [other, one]
}

/** `done`, or the code of the rejection. */
export function outcomeOf(command: Promise<unknown>): Promise<string> {
  return command.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof RejectedError) return error.code
      throw error
    },
  )
}

/** Exactly one of the commands is done; returns why another was not. */
export async function onlyOne(outcomes: readonly Promise<string>[]): Promise<string> {
  const all = await Promise.all(outcomes)
  const [lost = ''] = all.filter((outcome) => outcome !== 'done')
  const done = all.filter((outcome) => outcome === 'done')
  if (done.length !== 1) throw new Error(`the race ended with ${all}`)
  return lost
}

/** Returns the outcome, which must be one of those that are possible. */
export function expectOneOf(outcome: string, ...possible: readonly string[]): string {
  if (!possible.includes(outcome)) throw new Error(`the race ended with ${outcome}`)
  return outcome
}
