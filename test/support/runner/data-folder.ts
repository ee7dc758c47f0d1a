// The `.data` of this checkout, where `npm start` keeps its database and its mails. Tests must not write there,
// because files of another account can keep `npm start` from using the folder.
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The names in the folder, and in that of its mails; none while a PostgreSQL runs there, whose service may write. */
export async function listData(checkout: string): Promise<string[]> {
  const folder = join(checkout, '.data')
  const isInUse = await access(join(folder, 'data', 'postmaster.pid')).then(
    () => true,
    () => false,
  )
  if (isInUse) return []
  const names = await Promise.all(
    [folder, join(folder, 'outbox')].map(async (path) => {
      const found = await readdir(path).catch(() => [])
      return found.map((name) => join(path, name))
    }),
  )
  return names.flat().sort()
}
