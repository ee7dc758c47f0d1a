// One round of the bench "upgrade": the times of its phases, taken from the progress of the install.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { install } from '../../src/platform/read-models/install/install.ts'
import { verify } from '../../src/platform/read-models/rebuild/verify.ts'
import { retire } from '../../src/platform/read-models/retire/retire.ts'
import type { Load } from './load.ts'
import type { MoreReleases } from './more-releases.ts'

/** The length of the phases before and after the upgrade. */
const quietMs = 5_000

/** The families of read tables that each added release has a new version of. */
export const upgraded = ['users', 'messages']

/** Start and end, in milliseconds of performance.now(). */
export interface Interval {
  readonly from: number
  readonly to: number
}

export interface Build {
  readonly table: string
  readonly eventsPerSecond: number
  readonly cutOver: Interval
}

/** The results of one round. */
export interface Round {
  readonly quietBuilds: readonly Build[]
  readonly builds: readonly Build[]
  /** A verification of all live tables without load. */
  readonly verification: Interval
  readonly phases: Readonly<Record<Phase, Interval>>
}

export const phases = ['before', 'computing', 'declare', 'build', 'after', 'retire'] as const
export type Phase = (typeof phases)[number]

/**
 * Measures one round: installs an added release and retires the tables that it replaces, first without
 * load, and then the same with the next release under load.
 */
export async function measureRound(
  client: pg.Client,
  releases: MoreReleases,
  loads: readonly Load[],
  round: number,
): Promise<Round> {
  const { directory } = releases
  // Two releases a round: a table is retired only while a newer version of it is live.
  const [first = 0, second = 0] = releases.added.slice(2 * round)
  const retireBefore = (release: number) =>
    retire({ client, directory, tables: versionsBefore(releases, release), say: () => {} })
  const quietBuilds = (await measureInstall(client, directory, first)).builds
  await retireBefore(first)
  const verification = await timed(() => verify(client, directory, [], () => {}))

  // Then no checkpoint occurs during the measurement, and old WAL segments can be recycled.
  await client.query('checkpoint')
  for (const load of loads) load.start()
  await pause(1_000) // connections, plans and caches
  const before = await timed(() => pause(quietMs))
  const computing = await timed(() => compute(client, quietMs))
  const installed = await measureInstall(client, directory, second)
  const after = await timed(() => pause(quietMs))
  const retiring = await timed(() => retireBefore(second))
  for (const load of loads) await load.stop()
  const { declare, build, builds } = installed
  return {
    quietBuilds,
    builds,
    verification,
    phases: { before, computing, declare, build, after, retire: retiring },
  }
}

/** The versions of the added tables that are live before a release, which replaces them. */
function versionsBefore({ added, newest }: MoreReleases, release: number): string[] {
  const before = added[added.indexOf(release) - 1]
  return upgraded.map((family) => (before ? `${family}_${before}` : newest(family)))
}

/**
 * Keeps one processor busy without touching a table. Whatever a build costs writers beyond this is caused by
 * its locks and its writes, not by its processor time.
 */
async function compute(client: pg.Client, milliseconds: number): Promise<void> {
  await client.query(`do $$
    declare
      v_until timestamptz := clock_timestamp() + interval '${milliseconds} milliseconds';
    begin
      while clock_timestamp() < v_until loop
      end loop;
    end $$`)
}

/** Installs, and derives the times of the phases from its progress. */
async function measureInstall(client: pg.Client, directory: string, to: number) {
  const builds: Build[] = []
  let first: number | undefined
  const whole = await timed(() =>
    install({
      client,
      directory,
      to,
      say: () => {},
      showProgress: (table) => {
        const from = performance.now()
        first ??= from
        let [events, at, last] = [0, from, from]
        return {
          update: (_done, _total, projected) => {
            last = performance.now()
            if (projected > events) [events, at] = [projected, last]
          },
          // Only the cut-over happens between the last batch and the end.
          end: () => {
            const eventsPerSecond = (events * 1000) / (at - from)
            builds.push({ table, eventsPerSecond, cutOver: { from: last, to: performance.now() } })
          },
        }
      },
    }),
  )
  const built = first ?? whole.to
  return {
    builds,
    declare: { from: whole.from, to: built },
    build: { from: built, to: whole.to },
  }
}

async function timed(work: () => Promise<unknown>): Promise<Interval> {
  const from = performance.now()
  await work()
  return { from, to: performance.now() }
}
