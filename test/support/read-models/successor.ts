// A release that does not exist: users once more, in the shape of users_2, and every older version of
// them as a view of the new one. It comes after release 3, whatever else has come after that since.
import { dbDirectory, readReleases } from '../../../src/platform/read-models/releases/releases.ts'

const users = 'users_2'
const older = ['users_0', 'users_1']

/** The newest release that it knows, which is the one before it. */
export const storyEnd = 3
const n = storyEnd + 1

/** The files of the release, by name. */
export async function successor(): Promise<Record<string, string>> {
  const files = (await readReleases(dbDirectory)).flatMap((release) => release.files)
  const textOf = (path: RegExp) => files.find((file) => path.test(file.path))?.text ?? ''
  const named = (text: string) => text.replaceAll(users, `users_${n}`)
  const added: Record<string, string> = {
    // What is younger than users_2 it ignores, as a new table must say.
    [`users_${n}`]: named(
      textOf(/\/users_2\.sql$/).replace('_ignores(', '_ignores(log.message_sent_3, '),
    ),
    [`${users}.view`]: textOf(/\/users_1\.view\.sql$/)
      .replaceAll(users, `users_${n}`)
      .replaceAll('users_1', users),
  }
  for (const table of older) {
    added[`${table}.view`] = named(textOf(new RegExp(`/${table}\\.view\\.sql$`)))
  }
  return added
}
