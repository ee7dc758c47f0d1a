// A copy of db/ that a test can change: to add a release, or to break one.
import { appendFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { dbDirectory } from '../../../src/platform/read-models/releases/releases.ts'
import type { Finishing } from '../database.ts'

/** A copy of db/, and the means to change it. */
export class CopiedReleases {
  readonly directory: string
  /** The number of the next release. */
  readonly next: number

  constructor(directory: string, next: number) {
    this.directory = directory
    this.next = next
  }

  /** Writes a file below db/releases/, e.g. `4-more/users_4.sql`, or into `machinery/`. */
  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true })
    await writeFile(this.at(path), text)
  }

  /** Writes files into the folder of the next release. */
  async add(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await this.write(`${this.next}-added/${name}.sql`, text)
    }
  }

  /** Appends to a file below db/releases/ or in `machinery/`. */
  async append(path: string, text: string): Promise<void> {
    await appendFile(this.at(path), text)
  }

  async remove(path: string): Promise<void> {
    await rm(this.at(path))
  }

  private at(path: string): string {
    return join(this.directory, path.startsWith('machinery/') ? '' : 'releases', path)
  }
}

/** Copies db/ with the releases up to `to` (the newest); the copy is removed when the test ends. */
export async function copyReleases(
  t: Finishing,
  to = Number.POSITIVE_INFINITY,
): Promise<CopiedReleases> {
  const directory = await mkdtemp(join(tmpdir(), 'epistle-releases-'))
  t.teardown(() => rm(directory, { recursive: true }))
  await cp(dbDirectory, directory, { recursive: true })
  const folders = await readdir(join(directory, 'releases'))
  const later = folders.filter((name) => Number.parseInt(name, 10) > to)
  for (const name of later) await rm(join(directory, 'releases', name), { recursive: true })
  return new CopiedReleases(directory, folders.length - later.length)
}
