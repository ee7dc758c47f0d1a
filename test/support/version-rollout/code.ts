// The two codes of a roll-out: that of the last named version, from the repository's history, and today's. While no
// release has been added since, today's code gets one more release in a copy, with new versions of users and messages
// that its servers read, so that the roll-out has something to install.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readVersions } from '../../../db/versions/frozen.ts'
import { dbDirectory } from '../../../src/platform/read-models/releases/releases.ts'
import { withMoreReleases } from '../../bench/more-releases.ts'
import type { Finishing } from '../database.ts'
import { checkout } from '../markdown.ts'
import { commitOf, extractCommit, hasCommit } from '../past-commit.ts'

export interface Codes {
  /** The directory of the named version's code. */
  readonly named: string
  /** The directory of today's code. */
  readonly today: string
  /** What was chosen, for the reader of the test's output. */
  readonly notes: readonly string[]
}

/** The families of read tables that the added release has new versions of. */
const families = ['users', 'messages']

/**
 * Prepares both codes in a temporary directory. The named version is that of the newest file in db/versions/, or the
 * commit in SOAK_COMMIT; before the first version is named, HEAD.
 */
export async function prepareCodes(t: Finishing): Promise<Codes> {
  const scratch = await mkdtemp(join(tmpdir(), 'epistle-rollout-'))
  t.teardown(() => rm(scratch, { recursive: true, force: true }))
  const version = (await readVersions(dbDirectory)).at(-1)
  const wanted = process.env.SOAK_COMMIT ?? version?.commit ?? 'HEAD'
  if (!(await hasCommit(wanted))) {
    throw new Error(
      `the history has no commit ${wanted}: fetch the whole history (git fetch --unshallow), or set SOAK_COMMIT`,
    )
  }
  const commit = await commitOf(wanted)
  const named = join(scratch, 'named')
  await extractCommit(commit, named)
  const name =
    process.env.SOAK_COMMIT || !version ? `commit ${wanted}` : `version ${version.version}`
  const folders = (code: string) => readdir(join(code, 'db', 'releases'))
  const isUpgrade = (await folders(checkout)).length > (await folders(named)).length
  if (isUpgrade)
    return { named, today: checkout, notes: [`from ${name} (${commit}) to today's code`] }
  const today = await withAddedRelease(join(scratch, 'today'))
  const note = `from ${name} (${commit}) to today's code with one added release, since db/ has none since`
  return { named, today, notes: [note] }
}

/** A copy of today's tracked files, with one more release and servers that read its tables. */
async function withAddedRelease(directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z'], { cwd: checkout })
  const tracked = stdout.split('\0').filter((file) => /^(src|db|package\.json)/.test(file))
  for (const file of tracked) await cp(join(checkout, file), join(directory, file))
  await symlink(join(checkout, 'node_modules'), join(directory, 'node_modules'))
  await withMoreReleases(families, 1, async ({ directory: db, added: [release], newest }) => {
    await cp(join(db, 'releases'), join(directory, 'db', 'releases'), { recursive: true })
    for (const file of tracked.filter((file) => /^src\/.*\.ts$/.test(file))) {
      const text = await readFile(join(checkout, file), 'utf8')
      const renewed = families.reduce(
        (text, family) =>
          text.replaceAll(new RegExp(`\\b${newest(family)}\\b`, 'g'), `${family}_${release}`),
        text,
      )
      if (renewed !== text) await writeFile(join(directory, file), renewed)
    }
  })
  return directory
}
