/**
 * Install: brings a database up to a release, before the code of that release is deployed.
 *
 * Three steps, each safe to repeat after a crash at any instant: declare (all tables and functions
 * of the new releases in one transaction, checked before it commits), attach (the triggers, dormant),
 * build (the new read tables, from the history). Old servers go on meanwhile.
 */

import type { ClientBase } from 'pg'
import { InstallError } from '../errors.ts'
import { isProjected, readMatrix } from '../matrix.ts'
import { newestReadTables, type Release, readReleases } from '../releases/releases.ts'
import { type Progress, silent } from '../replay/progress.ts'
import { finishDemotions } from '../retire/demote.ts'
import { findNotLive } from '../serve/live.ts'
import { shortTransaction } from '../transactions.ts'
import { build } from './build.ts'
import { declare } from './declare.ts'
import { asInstaller } from './installer.ts'
import { installMachinery } from './machinery.ts'
import { type Findings, preflight } from './preflight.ts'
import { attachWork } from './reactions.ts'
import { ensureServiceRole } from './rights.ts'

export interface InstallOptions {
  /** A connection of its own, under a role that owns the database's schemas. */
  readonly client: ClientBase
  /** Where the releases are; `db/` of this code unless a test brings its own. */
  readonly directory: string
  /** The release to come to; the newest there is when absent. */
  readonly to?: number
  /** Tells a person what is being done, a line at a time. */
  readonly say: (line: string) => void
  /** Events a build projects a second, at most. */
  readonly maxRate?: number | undefined
  /** Shows how the build of a table goes on. */
  readonly showProgress?: (table: string) => Progress
}

/** Installs every release up to `to`. Throws InstallError, ReleaseError or BuildError. */
export async function install(options: InstallOptions): Promise<void> {
  const { client, directory, to, say } = options
  const releases = await readReleases(directory)
  const target = chooseTarget(releases, to)
  await asInstaller(client, say, async () => {
    const installed = await newestInstalled(client)
    if (installed > target) {
      say(`nothing to install: the database has release ${installed} already`)
      return
    }
    for (const line of await ensureServiceRole(client)) say(line)
    await installMachinery(client, directory)
    await finishDemotions(client)
    await declare(client, releases, target, say)
    await attachAll(client)
    await attachWork(client)
    await buildAll(options)
    await checkLive(client, newestReadTables(releases, target))
    say(`the database has release ${target}`)
  })
}

function chooseTarget(releases: readonly Release[], to: number | undefined): number {
  const newest = releases.length - 1
  if (to === undefined) return newest
  if (to <= newest) return to
  throw new InstallError(`there is no release ${to}; the newest is ${newest}`)
}

/** The newest release of the database; -1 where there is none. */
async function newestInstalled(client: ClientBase): Promise<number> {
  const { rows } = await client.query(`select to_regclass('log.releases') is not null as there`)
  if (!rows[0].there) return -1
  const newest = await client.query(
    'select coalesce(max(release), -1) as release from log.releases',
  )
  return newest.rows[0].release
}

/**
 * What would keep the releases up to `to` from being installed: history that breaks a constraint of
 * a new read table. Changes nothing. Throws InstallError or ReleaseError.
 */
export async function checkInstall(options: InstallOptions): Promise<Findings> {
  const { client, directory, to, say } = options
  const releases = await readReleases(directory)
  const target = chooseTarget(releases, to)
  const installed = await newestInstalled(client)
  if (installed < 0) return { violations: [], more: false }
  return asInstaller(client, say, () =>
    preflight(client, releases, Math.max(target, installed), say),
  )
}

/** What code of this release reads must be there in the end; only a retirement can be in the way. */
async function checkLive(client: ClientBase, tables: ReadonlySet<string>): Promise<void> {
  const [missing] = await findNotLive(client, [...tables])
  if (!missing) return
  throw new InstallError(
    `${missing.name} is ${missing.state}: run \`epistle retire ${missing.name}\` to its end, and ` +
      'install again',
  )
}

/** The missing triggers, one event table a transaction: whoever writes to it waits 50 ms at most. */
async function attachAll(client: ClientBase): Promise<void> {
  for (const cell of await readMatrix(client)) {
    if (cell.attached || !isProjected(cell)) continue
    await shortTransaction(client, () =>
      client.query('call engine.attach($1, $2)', [cell.readTable, cell.eventType]),
    )
  }
}

/** Referred tables first: what a foreign key points to must have its history before. */
async function buildAll(options: InstallOptions): Promise<void> {
  const { client, say, maxRate, showProgress = () => silent } = options
  const { rows } = await client.query<{ name: string }>(
    `select name from read.tables where state = 'building' order by engine.rank_of(name), name`,
  )
  for (const { name } of rows) {
    await build(client, name, { maxRate, progress: showProgress(name) })
    say(`${name} is live`)
  }
}
