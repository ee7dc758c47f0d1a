// A database that went through every release one by one, as a real one did: every read table that
// ever was is live, so that servers of all releases can work on it at once.
import { readReleases, releasesDirectory } from '../../src/read-model/releases.ts'
import { type Finishing, freshDatabase } from '../database.ts'
import { installInto } from '../installed.ts'

/** A fresh database with releases 0, 1, 2 … up to `to` (the newest) installed one by one; its URL. */
export async function stepwiseDatabase(
  t: Finishing,
  to = Number.POSITIVE_INFINITY,
): Promise<string> {
  const url = await freshDatabase(t)
  for (const { release } of await readReleases(releasesDirectory)) {
    if (release <= to) await installInto(url, { to: release })
  }
  return url
}
