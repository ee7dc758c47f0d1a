// An example release 4, with users_4 in the shape of users_2 and every older version of users as a view
// of it. It follows release 3, however many real releases there are since.
import {
  dbDirectory,
  readReleases,
} from '../../../../src/platform/read-models/releases/releases.ts'

const users = 'users_2'
const older = ['users_0', 'users_1']

/** The real release after which the example release comes. */
export const baseRelease = 3
const n = baseRelease + 1

/** The files of the release, by name. */
export async function successor(): Promise<Record<string, string>> {
  const files = (await readReleases(dbDirectory)).flatMap((release) => release.files)
  const textOf = (path: RegExp) => files.find((file) => path.test(file.path))?.text ?? ''
  const named = (text: string) => text.replaceAll(users, `users_${n}`)
  const added: Record<string, string> = {
    // A new table must declare that it ignores event types younger than users_2.
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
