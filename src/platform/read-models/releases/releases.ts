/**
 * Releases as `db/releases/` holds them: one folder `<number>-<name>` each, with one file for each table.
 *
 * A file does one of three things. It introduces the table it is named after (`users_2.sql` in release 2);
 * it adds to a table of an earlier release (a backport); or it defines an earlier read table as a view of
 * its successor (`users_1.view.sql`). This module only reads the files; other modules run them.
 */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ReleaseError } from '../errors.ts'

export interface ReleaseFile {
  readonly release: number
  /** Path below `db/releases/`, e.g. `2-changeable-passwords/users_2.sql`. */
  readonly path: string
  /** The table it is about, e.g. `users_2`. */
  readonly table: string
  /**
   * `event`: makes an event table; `read`: makes a read table; `backport`: adds to an older read table;
   * `view`: the view that an older read table becomes when it is demoted; `process`: the tasks of a
   * process manager, enqueued by events.
   */
  readonly kind: 'event' | 'read' | 'backport' | 'view' | 'process'
  readonly text: string
  readonly sha256: string
}

export interface Release {
  readonly release: number
  readonly name: string
  readonly files: readonly ReleaseFile[]
}

/** This code's `db/` folder: `machinery/` and `releases/`. */
export const dbDirectory = join(import.meta.dirname, '..', '..', '..', '..', 'db')

/** All releases of a `db/` folder, by number. Throws ReleaseError when a number is missing or used twice. */
export async function readReleases(directory: string): Promise<Release[]> {
  const folder = join(directory, 'releases')
  const releases: Release[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const [, number, name] = /^(\d+)-(.+)$/.exec(entry.name) ?? []
    if (!entry.isDirectory() || !number || !name) continue
    releases.push({
      release: Number(number),
      name,
      files: await readFiles(folder, entry.name, Number(number)),
    })
  }
  releases.sort((a, b) => a.release - b.release)
  releases.forEach(({ release }, index) => {
    if (release !== index) {
      throw new ReleaseError(
        `${folder} must contain releases 0, 1, 2 … once each, but ${index} is missing or used twice`,
      )
    }
  })
  return releases
}

async function readFiles(directory: string, folder: string, release: number) {
  const names = (await readdir(join(directory, folder))).filter((name) => name.endsWith('.sql'))
  return Promise.all(
    names.sort().map(async (name): Promise<ReleaseFile> => {
      const text = await readFile(join(directory, folder, name), 'utf8')
      const path = `${folder}/${name}`
      const table = name.replace(/(\.view)?\.sql$/, '')
      return {
        release,
        path,
        table,
        kind: kindOf(path, table, release, text),
        text,
        sha256: sha256(text),
      }
    }),
  )
}

/** The file of an event contains `create table log.<table>`, that of a read table `create table <table>`. */
function kindOf(path: string, table: string, release: number, text: string): ReleaseFile['kind'] {
  const introducedBy = releaseOf(table)
  if (introducedBy === undefined || introducedBy > release) {
    throw new ReleaseError(
      `db/releases/${path} must be named after a table of release ${release} or earlier`,
    )
  }
  if (path.endsWith('.view.sql')) {
    if (introducedBy < release && text.includes(`create view ${table} as`)) return 'view'
    throw new ReleaseError(
      `db/releases/${path} must contain "create view ${table} as", for a read table of an earlier release`,
    )
  }
  if (introducedBy < release) return 'backport'
  if (text.includes(`create table log.${table} (`)) return 'event'
  if (text.includes(`create table ${table} (`)) return 'read'
  if (text.includes(`create function work.${table}_on(`)) return 'process'
  throw new ReleaseError(
    `db/releases/${path} must contain "create table log.${table} (" for an event, ` +
      `"create table ${table} (" for a read table or "create function work.${table}_on(" for a process ` +
      'manager',
  )
}

/** `users_2` → 2; undefined where a name contains no release. */
export function releaseOf(table: string): number | undefined {
  const suffix = /_(\d+)$/.exec(table)?.[1]
  return suffix === undefined ? undefined : Number(suffix)
}

/** `users_2` → `users` */
export function familyOf(table: string): string {
  return table.replace(/_\d+$/, '')
}

/** The newest version of each read table up to a release: what code of that release reads. */
export function newestReadTables(releases: readonly Release[], upTo: number): Set<string> {
  const newest = new Map<string, string>()
  for (const { release, files } of releases) {
    if (release > upTo) break
    for (const file of files) if (file.kind === 'read') newest.set(familyOf(file.table), file.table)
  }
  return new Set(newest.values())
}

/** Every file that makes or feeds a table: all but the views that demoted tables become. */
export function projectionFiles(releases: readonly Release[]): ReleaseFile[] {
  return releases.flatMap(({ files }) => files).filter(({ kind }) => kind !== 'view')
}

/** The checksum by which a changed file is recognised, in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
