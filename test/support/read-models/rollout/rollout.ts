// A roll-out from release 0 to the newest under traffic, as operators do it: install each release and
// start its servers, and with the newest its workers; then stop the old servers and retire what they
// alone read. The caller chooses how a release is installed: undisturbed, or killed again and again.
import type pg from 'pg'
import type { Test } from 'tap'
import { install } from '../../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import type { Finishing } from '../../database.ts'
import { connect } from '../../installed.ts'
import { untilNoTasksLeft } from '../../no-tasks-left.ts'
import {
  damagedTables,
  differentUsernames,
  lostSessions,
  lostWrites,
  versionDifferences,
} from '../agreement.ts'
import { liveTables } from '../contents.ts'
import { registerMany, releaseZero } from '../many-users.ts'
import { newestTables } from '../newest.ts'
import { releaseClients } from './release-clients.ts'
import { SharedState } from './shared-state.ts'
import { Traffic } from './traffic.ts'
import { startWorkers, wrongReactions } from './workers.ts'

/** Users who exist before the roll-out: enough that a build takes several batches. */
const oldUsers = 800
/** Events per second, so that a build takes long enough to overlap with the traffic. */
const maxRate = 1_500

/** How many steps each client does at least. */
const minimum = 11

/** The outcome; every list is empty when all is well. */
export interface RollOut {
  /** Failures that the clients recorded. */
  readonly failures: readonly string[]
  /** What the checks of the database found. */
  readonly problems: readonly unknown[]
  /** How many steps each client did, and how many mails were sent. */
  readonly stepCounts: Readonly<Record<string, number>>
  readonly db: pg.Client
}

/** Rolls out every release; `installTo` installs one. */
export async function rollOut(
  t: Finishing,
  seed: number,
  installTo: (url: string, release: number) => Promise<void>,
): Promise<RollOut> {
  const { url, db } = await releaseZero(t)
  await registerMany(db, oldUsers, 'old')
  const state = new SharedState(t, url, seed)
  const traffic = new Traffic(state)
  const problems: unknown[] = []
  traffic.begin(0)
  for (const release of releaseClients.keys()) {
    if (release === 0) continue
    await installTo(url, release)
    traffic.begin(release)
    problems.push(...(await versionDifferences(db)))
  }
  const workers = await startWorkers(t, url, db)
  // All releases run at once now, and all their tables must be right.
  problems.push(...(await damagedTables(db)), ...(await differentUsernames(db)))
  await traffic.stepped(minimum)
  // Only the newest release stays; the tables that it does not read are retired.
  for (const release of [...releaseClients.keys()].slice(0, -1)) await traffic.end(release)
  await retire({ client: db, directory: dbDirectory, say: () => undefined })
  await traffic.stop()
  for (const find of [lostWrites, lostSessions]) problems.push(...(await find(db, state)))
  await untilNoTasksLeft(url)
  problems.push(
    ...workers.warnings.filter(isUnexpected),
    ...(await wrongReactions(db, state, workers)),
  )
  problems.push(...(await damagedTables(db)), ...(await versionDifferences(db)))
  const stepCounts = { ...traffic.stepCounts, 'the mailer': workers.mails().length }
  return { failures: state.failures, problems, stepCounts, db }
}

/** Asserts that nothing was found, all clients ran, and only the newest tables are live. */
export async function expectClean(
  t: Test,
  { failures, problems, stepCounts, db }: RollOut,
): Promise<void> {
  t.strictSame(failures.slice(0, 5), [], 'no statement fails, and every release shows each write')
  t.strictSame(problems.slice(0, 5), [], 'versions agree, tables match the log, nothing is lost')
  t.strictSame((await liveTables(db)).sort(), newestTables, 'only the newest tables are live')
  for (const [name, count] of Object.entries(stepCounts)) {
    t.ok(count >= minimum, `${name} did ${count} steps`)
  }
}

/** Installs over a connection of its own, slowly enough to overlap with the traffic. */
export async function installSlowly(t: Finishing, url: string, to: number): Promise<void> {
  const client = await connect(t, url)
  await install({ client, directory: dbDirectory, to, maxRate, say: () => undefined })
}

/** A task whose user was erased between its look-up and its append is retried, and then finds no user. */
function isUnexpected(warning: string): boolean {
  return JSON.parse(warning).err?.constraint !== 'erasures__not_found'
}
