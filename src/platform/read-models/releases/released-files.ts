/**
 * Released files never change, because tables of a database were made from them.
 *
 * Their checksums are kept in `log.release_files`: those of event tables and casts from the moment a
 * release is declared, that of a new read table from the moment it is live. Until then the history can
 * still show that the file must change.
 */

import type { ClientBase } from 'pg'
import { InstallError, MaintenanceError } from '../errors.ts'
import { relationExists } from '../tables.ts'
import { type Release, type ReleaseFile, readReleases } from './releases.ts'

/**
 * The releases among `wanted` that are new to the database. Throws InstallError where a released file
 * has changed, is gone or was added.
 */
export async function checkReleasedFiles(
  client: ClientBase,
  wanted: readonly Release[],
): Promise<Release[]> {
  const { rows } = await client.query<{ release: number; files: Record<string, string> | null }>(
    `select r.release, jsonb_object_agg(f.file, f.sha256) filter (where f.file is not null) as files
     from log.releases r left join log.release_files f using (release)
     group by r.release`,
  )
  const recorded = new Map(rows.map(({ release, files }) => [release, files ?? {}]))
  const building = await filesOfBuildingTables(client)
  for (const { release, files } of wanted) {
    const released = recorded.get(release)
    if (!released) continue
    const now = Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]))
    for (const path of new Set([...Object.keys(released), ...Object.keys(now)])) {
      if (released[path] === now[path] || (!released[path] && building.has(path))) continue
      throw changedError(path, release, now[path], released[path])
    }
  }
  return wanted.filter(({ release }) => !recorded.has(release))
}

function changedError(
  path: string,
  release: number,
  now?: string,
  released?: string,
): InstallError {
  const change = !now ? 'is gone' : !released ? 'is new' : 'has changed'
  return new InstallError(
    `db/releases/${path} ${change}, but release ${release} is installed and its files must not change; ` +
      'restore the folder, and put the change into a new release',
  )
}

async function filesOfBuildingTables(client: ClientBase): Promise<Set<string>> {
  const { rows } = await client.query<{ file: string }>(
    `select file from read.tables where state = 'building'`,
  )
  return new Set(rows.map(({ file }) => file))
}

/** Records a release and the checksums of its files, except those of read tables still to be built. */
export async function recordRelease(
  client: ClientBase,
  { release, name, files }: Release,
  toBuild: readonly ReleaseFile[],
): Promise<void> {
  const released = files.filter((file) => file.kind !== 'read' || !toBuild.includes(file))
  await client.query('insert into log.releases (release, name) values ($1, $2)', [release, name])
  await client.query(
    `insert into log.release_files (release, file, sha256)
     select $1, file, sha256 from unnest($2::text[], $3::text[]) as f (file, sha256)`,
    [release, released.map(({ path }) => path), released.map(({ sha256 }) => sha256)],
  )
}

/**
 * The releases that the database has, from this code's folder. Throws MaintenanceError where the database
 * has a newer release, and InstallError where a released file has changed: a shadow that lacks a later
 * backport would report correct rows as damage.
 */
export async function installedReleases(client: ClientBase, directory: string): Promise<Release[]> {
  const releases = await knownReleases(client, directory)
  await checkReleasedFiles(client, releases)
  return releases
}

/**
 * Throws MaintenanceError where the database has a newer release than this code. Commands call it before they wait for a
 * lock: the wait can be long, and would end with this refusal.
 */
export async function refuseNewerReleases(client: ClientBase, directory: string): Promise<void> {
  if (await relationExists(client, 'log.releases')) await knownReleases(client, directory)
}

async function knownReleases(client: ClientBase, directory: string): Promise<Release[]> {
  const { rows } = await client.query<{ release: number }>('select release from log.releases')
  const installed = new Set(rows.map(({ release }) => release))
  const releases = (await readReleases(directory)).filter(({ release }) => installed.has(release))
  if (releases.length < installed.size) {
    throw new MaintenanceError(
      `the database has release ${Math.max(...installed)}, which this code does not contain; run the ` +
        'command with the newest code that is deployed',
    )
  }
  return releases
}
