/**
 * Frozen files: what a database was made from never changes. Checksums are kept in `log.release_files`,
 * of event tables and casts from the moment a release is declared, of a new read table from the
 * moment it is live: until then its history may still show that it must be written differently.
 */

import type { ClientBase } from 'pg'
import { InstallError } from '../errors.ts'
import type { Release, ReleaseFile } from './releases.ts'

/** The releases that are new to the database. Throws where a released file is not what it was. */
export async function checkFrozen(
  client: ClientBase,
  wanted: readonly Release[],
): Promise<Release[]> {
  const { rows } = await client.query<{ release: number; files: Record<string, string> | null }>(
    `select r.release, jsonb_object_agg(f.file, f.sha256) filter (where f.file is not null) as files
     from log.releases r left join log.release_files f using (release)
     group by r.release`,
  )
  const recorded = new Map(rows.map(({ release, files }) => [release, files ?? {}]))
  const building = await filesInBuilding(client)
  for (const { release, files } of wanted) {
    const frozen = recorded.get(release)
    if (!frozen) continue
    const now = Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]))
    for (const path of new Set([...Object.keys(frozen), ...Object.keys(now)])) {
      if (frozen[path] === now[path] || (!frozen[path] && building.has(path))) continue
      throw notFrozen(path, release, now[path], frozen[path])
    }
  }
  return wanted.filter(({ release }) => !recorded.has(release))
}

function notFrozen(path: string, release: number, now?: string, frozen?: string): InstallError {
  const what = !now ? 'is gone' : !frozen ? 'is new' : 'has changed'
  return new InstallError(
    `db/releases/${path} ${what}, but release ${release} is installed and a released folder is frozen; ` +
      'put it back as it was, and make a new release for what is new',
  )
}

async function filesInBuilding(client: ClientBase): Promise<Set<string>> {
  const { rows } = await client.query<{ file: string }>(
    `select file from read.tables where state = 'building'`,
  )
  return new Set(rows.map(({ file }) => file))
}

/** Notes a release and freezes its files, but for those of read tables that are yet to be built. */
export async function record(
  client: ClientBase,
  { release, name, files }: Release,
  toBuild: readonly ReleaseFile[],
): Promise<void> {
  const frozen = files.filter((file) => file.kind !== 'read' || !toBuild.includes(file))
  await client.query('insert into log.releases (release, name) values ($1, $2)', [release, name])
  await client.query(
    `insert into log.release_files (release, file, sha256)
     select $1, file, sha256 from unnest($2::text[], $3::text[]) as f (file, sha256)`,
    [release, frozen.map(({ path }) => path), frozen.map(({ sha256 }) => sha256)],
  )
}
