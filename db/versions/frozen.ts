/**
 * What naming a version freezes: every file of its releases, the text of its machinery under that version's
 * number, and its problem codes. Databases, servers and clients of a named version exist outside of this
 * repository, so a change of these would break them. `npm run name-version` writes `db/versions/<version>.json`;
 * `test/db/versions.test.ts` compares each of these files with the repository.
 */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { problems } from '../../src/platform/http/problems/catalogue.ts'
import { listMachinery } from '../../src/platform/read-models/install/machinery.ts'
import { machineryVersion } from '../../src/platform/read-models/machinery-version.ts'
import { sha256 } from '../../src/platform/read-models/releases/releases.ts'

export interface Frozen {
  /** The checksum of each file, by its path below `db/releases/`. */
  readonly releases: Readonly<Record<string, string>>
  /** The number of the machinery, and the checksum of its texts in the order of installation. */
  readonly machinery: { readonly version: number; readonly sha256: string }
  /** The HTTP status of each problem code. */
  readonly problems: Readonly<Record<string, number>>
}

export interface NamedVersion extends Frozen {
  readonly version: string
  /** The commit that has the version's code: the parent of the commit that names it. */
  readonly commit: string
}

/** What a version that is named now would freeze; `directory` is a `db/` folder. */
export async function readFrozen(directory: string): Promise<Frozen> {
  const folder = join(directory, 'releases')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort()
  const read = async (path: string) => [path, sha256(await readFile(join(folder, path), 'utf8'))]
  const machinery = (await listMachinery(directory)).map((file) =>
    readFile(join(directory, 'machinery', file), 'utf8'),
  )
  const statuses = Object.entries(problems).map(([code, { status }]) => [code, status] as const)
  return {
    releases: Object.fromEntries(await Promise.all(paths.map(read))),
    machinery: {
      version: machineryVersion,
      sha256: sha256((await Promise.all(machinery)).join('')),
    },
    problems: Object.fromEntries(statuses.sort()),
  }
}

/** The named versions of a `db/` folder, in the order in which they were named. */
export async function readVersions(directory: string): Promise<NamedVersion[]> {
  const folder = join(directory, 'versions')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const versions: NamedVersion[] = texts.map((text) => JSON.parse(text))
  return versions.sort((one, other) =>
    one.version.localeCompare(other.version, 'en', { numeric: true }),
  )
}

/** A sentence for each frozen part that is no longer as the version has it, with what to do about it. */
export function differences(named: NamedVersion, now: Frozen): string[] {
  return [
    ...releaseDifferences(named, now),
    ...machineryDifferences(named, now),
    ...problemDifferences(named, now),
  ]
}

function releaseDifferences({ version, releases }: NamedVersion, now: Frozen): string[] {
  const folders = new Set(Object.keys(releases).map(folderOf))
  const paths = [...Object.keys(releases), ...Object.keys(now.releases)].filter((path) =>
    folders.has(folderOf(path)),
  )
  return [...new Set(paths)]
    .filter((path) => releases[path] !== now.releases[path])
    .map((path) => {
      const [was, is] = [releases[path], now.releases[path]]
      const what = !is ? 'is gone' : !was ? 'was added' : 'has changed'
      const undo = !is ? 'Restore it' : !was ? 'Remove it' : `Take back the change`
      return (
        `db/releases/${path} ${what}, but version ${version} froze this folder. ${undo}, and write a new ` +
        'release instead (db/README.md, "How to write a release").'
      )
    })
}

function folderOf(path: string): string {
  return path.split('/')[0] as string
}

function machineryDifferences({ version, machinery }: NamedVersion, now: Frozen): string[] {
  const { version: number, sha256: checksum } = now.machinery
  if (number > machinery.version) return []
  if (number === machinery.version && checksum === machinery.sha256) return []
  return [
    `db/machinery is not as in version ${version}, but its number is ${number}. Set machineryVersion to ` +
      `${machinery.version + 1} or more in src/platform/read-models/machinery-version.ts.`,
  ]
}

function problemDifferences({ version, problems }: NamedVersion, now: Frozen): string[] {
  return Object.entries(problems)
    .filter(([code, status]) => now.problems[code] !== status)
    .map(
      ([code, status]) =>
        `The problem code ${code} of version ${version} is gone or no longer has status ${status}, and ` +
        'clients depend on it. Restore it in src/platform/http/problems/catalogue.ts, and add a new code instead.',
    )
}
