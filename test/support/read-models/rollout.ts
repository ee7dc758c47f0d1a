// A roll-out from release 0 to the newest under traffic, as operators do it: install, then
// start the servers of the release, and with the newest its workers; at the end stop the old servers and retire what they alone read.
// How a release is installed is the caller's: undisturbed, or killed again and again.
import type pg from 'pg'
import type { Test } from 'tap'
import { install } from '../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../src/platform/read-models/retire/retire.ts'
import { type Finishing, freshDatabase } from '../database.ts'
import { connect, installInto } from '../installed.ts'
import { untilNoTasksLeft } from '../no-jobs-left.ts'
import { damages, differentUsernames, disagreements, lost, lostSessions } from './agreement.ts'
import { liveTables } from './contents.ts'
import { newestTables } from './newest.ts'
import { releaseClients } from './release-clients.ts'
import { SharedState } from './shared-state.ts'
import { Traffic } from './traffic.ts'
import { startWorkers, wrongWork } from './workers.ts'

/** People who were there before: enough that a build takes several batches. */
const history = 1_500
/** Events a second, so that a build is in the middle of the traffic. */
const maxRate = 2_000

/** What was found: every list is empty where all is well. */
export interface RollOut {
  readonly faults: readonly string[]
  readonly problems: readonly unknown[]
  readonly spoken: Readonly<Record<string, number>>
  readonly db: pg.Client
}

export async function rollOut(
  t: Finishing,
  seed: number,
  installTo: (url: string, release: number) => Promise<void>,
): Promise<RollOut> {
  const url = await freshDatabase(t)
  await installInto(url, { to: 0 })
  const db = await connect(t, url)
  await db.query(
    `insert into log.user_registered_0
     select gen_random_uuid(), 'old' || n || '@example.com', 'x' from generate_series(1, $1::int) n`,
    [history],
  )
  const state = new SharedState(t, url, seed)
  const traffic = new Traffic(state)
  const problems: unknown[] = []
  traffic.begin(0)
  for (const release of releaseClients.keys()) {
    if (release === 0) continue
    await installTo(url, release)
    traffic.begin(release)
    problems.push(...(await disagreements(db)))
  }
  const workers = await startWorkers(t, url, db)
  // All releases at once, and each of them right.
  problems.push(...(await damages(db)), ...(await differentUsernames(db)))
  // What the newest release does not read goes, with those who do.
  for (const release of [...releaseClients.keys()].slice(0, -1)) await traffic.end(release)
  await retire({ client: db, directory: dbDirectory, say: () => undefined })
  await traffic.stop()
  for (const find of [lost, lostSessions]) problems.push(...(await find(db, state)))
  await untilNoTasksLeft(url)
  problems.push(...workers.complaints, ...(await wrongWork(db, state, workers)))
  problems.push(...(await damages(db)), ...(await disagreements(db)))
  const spoken = { ...traffic.spoken, 'the mailer': workers.mails().length }
  return { faults: state.faults, problems, spoken, db }
}

/** Nothing was found, everybody spoke, and what is live is what the newest release reads. */
export async function isGood(t: Test, { faults, problems, spoken, db }: RollOut): Promise<void> {
  t.strictSame(faults.slice(0, 5), [], 'no statement fails, every server sees what happened')
  t.strictSame(problems.slice(0, 5), [], 'versions agree, tables verify clean, nothing is lost')
  t.strictSame((await liveTables(db)).sort(), newestTables)
  for (const [name, times] of Object.entries(spoken))
    t.ok(times > 10, `${name} spoke ${times} times`)
}

/** Installs slowly, over a connection of its own. */
export async function installSlowly(t: Finishing, url: string, to: number): Promise<void> {
  const client = await connect(t, url)
  await install({ client, directory: dbDirectory, to, maxRate, say: () => undefined })
}
