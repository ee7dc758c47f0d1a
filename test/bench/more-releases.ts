// Adds releases after the newest: a copy of db/ with further versions of its read tables. Each is the text
// of the newest version under the next number, so a bench can have any number of versions of a table.
import { rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  dbDirectory,
  familyOf,
  newestReadTables,
  type ReleaseFile,
  readReleases,
  releaseOf,
} from '../../src/platform/read-models/releases/releases.ts'

export interface MoreReleases {
  readonly directory: string
  /** The numbers of the releases added, in order. */
  readonly added: readonly number[]
  /** The newest version of a table in db/ itself. */
  readonly newest: (family: string) => string
}

/**
 * Runs `work` on a copy of db/ with `more` added releases, each with a new version of the given families.
 * The last one contains the views to which all earlier versions can be demoted.
 */
export async function withMoreReleases<T>(
  families: readonly string[],
  more: number,
  work: (releases: MoreReleases) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'epistle-bench-releases-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  process.once('exit', remove) // after a signal, which ends the scratch server and then the process
  try {
    await cp(dbDirectory, directory, { recursive: true })
    const releases = await readReleases(directory)
    const files = releases.flatMap((release) => release.files)
    const newest = [...newestReadTables(releases, releases.length - 1)]
    const added = Array.from({ length: more }, (_, n) => releases.length + n)
    const find = (family: string) => newest.find((table) => familyOf(table) === family) ?? family
    for (const family of families) {
      const file = files.find(({ kind, table }) => kind === 'read' && table === find(family))
      if (!file) throw new Error(`db/ has no read table of the family ${family}`)
      const backports = files.filter(
        (other) => other.kind === 'backport' && other.table === file.table,
      )
      await addVersions(
        directory,
        withBackports(file, backports),
        eventsAfter(files, file, backports),
        added,
      )
    }
    return await work({ directory, added, newest: find })
  } finally {
    remove()
  }
}

/** The file of a read table, together with its backports in later releases. */
function withBackports(file: ReleaseFile, backports: readonly ReleaseFile[]): ReleaseFile {
  return { ...file, text: [file, ...backports].map(({ text }) => text).join('\n') }
}

/** Events newer than a read table that no backport projects: its next version must ignore them. */
function eventsAfter(
  files: readonly ReleaseFile[],
  { release }: ReleaseFile,
  backports: readonly ReleaseFile[],
): string[] {
  return files
    .filter((file) => file.kind === 'event' && file.release > release)
    .map(({ table }) => `log.${table}`)
    .filter((type) => !backports.some(({ text }) => text.includes(`event ${type})`)))
}

async function addVersions(
  directory: string,
  file: ReleaseFile,
  ignored: readonly string[],
  numbers: readonly number[],
): Promise<void> {
  const family = familyOf(file.table)
  const versions = [releaseOf(file.table), ...numbers].map((number) => `${family}_${number}`)
  const last = versions.at(-1) as string
  for (const number of numbers) {
    const folder = join(directory, 'releases', `${number}-more`)
    await mkdir(folder, { recursive: true })
    const text = file.text
      .replaceAll(file.table, `${family}_${number}`)
      .replace(`_ignores(`, (found) => [found, ...ignored.map((type) => `${type}, `)].join(''))
    await writeFile(join(folder, `${family}_${number}.sql`), text)
  }
  for (const version of versions.slice(0, -1)) {
    const view = `create view ${version} as\nselect ${await columnsOf(file)} from ${last};\n`
    await writeFile(
      join(directory, 'releases', `${numbers.at(-1)}-more`, `${version}.view.sql`),
      view,
    )
  }
}

/** The columns of a read table, read from its file. */
async function columnsOf({ text, table }: ReleaseFile): Promise<string> {
  const body = text.slice(text.indexOf(`create table ${table} (`)).split('\n);')[0] ?? ''
  return [...body.matchAll(/^ {2}(?!constraint )([a-z_]+) (?=\S)/gm)]
    .map(([, name]) => name)
    .join(', ')
}
