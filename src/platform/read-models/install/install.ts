/**
 * Install: brings a database up to a release, before the code of that release is deployed.
 *
 * There are three steps, and each is safe to repeat after a crash at any moment. Declare creates all
 * tables and functions of the new releases in one transaction, checked before it commits. Attach makes
 * events reach the new read tables, which project nothing until they are live. Build fills them from the history.
 * Old servers keep running.
 */

import type { ClientBase } from 'pg'
import { withInstallLock } from '../advisory-locks.ts'
import { InstallError } from '../errors.ts'
import { checkMachineryVersion, newerMachinery } from '../machinery-version.ts'
import { checkReleasedFiles } from '../releases/released-files.ts'
import { newestReadTables, type Release, readReleases } from '../releases/releases.ts'
import { type Progress, silent } from '../replay/progress.ts'
import { finishDemotions } from '../retire/demote.ts'
import { findNotLive } from '../serve/find-not-live.ts'
import { absentReaders, awaitReaders } from '../serve/readers.ts'
import { relationExists } from '../tables.ts'
import { attachAll } from './attach.ts'
import { build } from './build.ts'
import { declare } from './declare.ts'
import { changedNothing } from './dry-run.ts'
import { installMachinery } from './machinery.ts'
import { type Findings, preflight } from './preflight.ts'
import { type Rehearsal, rehearse } from './rehearsal.ts'
import { renewTriggers } from './renew-triggers.ts'
import { repairDeviations } from './repair.ts'
import { restoreDropped } from './restore.ts'
import { ensureServiceRole } from './service-role.ts'
import { attachTaskTriggers } from './task-triggers.ts'

export interface InstallOptions {
  /** A connection of its own, under a role that owns the database's schemas. */
  readonly client: ClientBase
  /** The folder of the releases: this code's `db/`, or a copy that a test made. */
  readonly directory: string
  /** The release to install; the newest one when absent. */
  readonly to?: number
  /** Receives progress for the operator, a line at a time. */
  readonly say: (line: string) => void
  /** The most events that a build projects a second. */
  readonly maxRate?: number | undefined
  /** Shows the progress of building a table. */
  readonly showProgress?: (table: string) => Progress
  /**
   * Called before the first change to the database, and not at all where there is none. Called a second time when the
   * machinery is there, which a first install needs to record that it began.
   */
  readonly beforeChange?: () => Promise<void>
}

/**
 * Installs every release up to `to`, and returns the newest that the database has then. Throws InstallError, ReleaseError
 * or BuildError.
 */
export async function install(options: InstallOptions): Promise<number> {
  const { client, directory, to, say } = options
  const releases = await readReleases(directory)
  const target = chooseTarget(releases, to)
  return withInstallLock(client, say, async () => {
    const installed = await newestInstalled(client)
    if (installed > target || (installed === target && (await newerMachinery(client)))) {
      say(`nothing to install: the database already has release ${installed}, or a newer machinery`)
      return installed
    }
    const wanted = releases.filter(({ release }) => release <= target)
    if (installed >= 0) await refuseFirst({ client, directory, wanted, say })
    for (const line of await ensureServiceRole(client)) say(line)
    // What the look says, the work after it would say again.
    const said = new Set<string>()
    const sayFirst = (line: string) => {
      said.add(line)
      say(line)
    }
    if (!(await isComplete({ ...options, say: sayFirst }, releases, target))) {
      await options.beforeChange?.()
      const sayOthers = (line: string) => {
        if (!said.delete(line)) say(line)
      }
      await bringUp({ ...options, say: sayOthers }, releases, target)
    }
    say(`the database has release ${target}`)
    return target
  })
}

/** Refuses the releases, if they must be refused, while the database is as it was. */
async function refuseFirst(rehearsal: Rehearsal): Promise<void> {
  const { client, wanted } = rehearsal
  await checkMachineryVersion(client)
  const fresh = await checkReleasedFiles(client, wanted)
  if (fresh.length > 0) await refuseWhileAbsent(client)
  const { rows } = await client.query(`select from read.tables where state = 'building' limit 1`)
  if (fresh.length > 0 || rows.length > 0) await rehearse(rehearsal, async () => undefined)
}

/** A new release is not begun between a failover and the moment when all readers have their leases again. */
async function refuseWhileAbsent(client: ClientBase): Promise<void> {
  const absent = await absentReaders(client)
  if (absent.length === 0) return
  throw new InstallError(
    `no new release can be installed now: ${absent.join(', ')} can come back; ${awaitReaders}`,
  )
}

/**
 * Whether nothing is to be done. Not looked at where no caller has to hear of a change. It can wait for other sessions, as
 * what follows can, and says so.
 */
async function isComplete(
  options: InstallOptions,
  releases: readonly Release[],
  target: number,
): Promise<boolean> {
  const { client, beforeChange } = options
  if (!beforeChange || (await newestInstalled(client)) < target) return false
  const { beforeChange: _, ...others } = options
  return changedNothing(client, () => bringUp(others, releases, target))
}

/** Does what the database lacks; writes nothing where it lacks nothing. */
async function bringUp(
  options: InstallOptions,
  releases: readonly Release[],
  target: number,
): Promise<void> {
  const { client, directory, say, beforeChange } = options
  // Before a new machinery changes what is recorded, and again for keys to tables that are restored.
  await repairDeviations(client, say)
  await installMachinery(client, directory, say)
  await beforeChange?.()
  await finishDemotions(client, say)
  await restoreDropped(client, directory, say)
  await repairDeviations(client, say)
  await renewTriggers(client, say)
  await declare(client, releases, target, say)
  await attachAll(client, say)
  await attachTaskTriggers(client, say)
  await buildAll(options)
  await client.query('call engine.record_objects()')
  await checkLive(client, newestReadTables(releases, target))
}

function chooseTarget(releases: readonly Release[], to: number | undefined): number {
  const newest = releases.length - 1
  if (to === undefined) return newest
  if (to <= newest) return to
  throw new InstallError(`release ${to} does not exist; the newest is ${newest}`)
}

/** The newest release of the database; -1 where nothing is installed. */
async function newestInstalled(client: ClientBase): Promise<number> {
  if (!(await relationExists(client, 'log.releases'))) return -1
  const { rows } = await client.query(
    'select coalesce(max(release), -1) as newest from log.releases',
  )
  return rows[0].newest
}

/**
 * Finds the events that would stop an installation of the releases up to `to`: history that violates a
 * constraint of a new read table. Changes nothing. Throws InstallError or ReleaseError.
 */
export async function checkInstall(options: InstallOptions): Promise<Findings> {
  const { client, directory, to, say } = options
  const releases = await readReleases(directory)
  const target = chooseTarget(releases, to)
  const installed = await newestInstalled(client)
  if (installed < 0) return { violations: [], more: false }
  await checkMachineryVersion(client)
  const wanted = releases.filter(({ release }) => release <= Math.max(target, installed))
  return withInstallLock(client, say, () => preflight({ client, directory, wanted, say }))
}

/** Checks that code of this release can read its tables; only an unfinished retirement can prevent it. */
async function checkLive(client: ClientBase, tables: ReadonlySet<string>): Promise<void> {
  const [missing] = await findNotLive(client, [...tables])
  if (!missing) return
  throw new InstallError(
    `${missing.name}, which this release reads, is ${missing.state}, not live; finish its retirement ` +
      `with \`epistle retire ${missing.name}\`, and install again`,
  )
}

/** Builds referred tables first: foreign keys and look-ups need the rows that they refer to. */
async function buildAll(options: InstallOptions): Promise<void> {
  const { client, say, maxRate, showProgress = () => silent } = options
  const { rows } = await client.query<{ name: string }>(
    `select name from read.tables join engine.ranks() using (name)
     where state = 'building' order by rank, name`,
  )
  await client.query(`call engine.make_replays($1, 'read')`, [rows.map(({ name }) => name)])
  for (const { name } of rows) {
    await build(client, name, { maxRate, progress: showProgress(name) })
    say(`${name} is live`)
  }
}
