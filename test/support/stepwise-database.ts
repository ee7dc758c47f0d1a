// A database that went through every release one by one, as a real one did: every read table that
// ever was is live, so that servers of all releases can work on it at once.
import { dbDirectory, readReleases } from '../../src/platform/read-models/releases/releases.ts'
import { type Finishing, freshDatabase, withTemplate } from './database.ts'
import { fingerprint, installInto } from './installed.ts'

/**
 * A fresh database with releases 0, 1, 2 … up to `to` (the newest) installed one by one; its URL. It
 * is copied from a template, which the first test to ask for one makes.
 */
export async function stepwiseDatabase(
  t: Finishing,
  to = Number.POSITIVE_INFINITY,
): Promise<string> {
  const template = `epistle_stepwise_${await fingerprint()}_${Number.isFinite(to) ? to : 'newest'}`
  await withTemplate(template, async (url) => {
    for (const { release } of await readReleases(dbDirectory)) {
      if (release <= to) await installInto(url, { to: release })
    }
  })
  return freshDatabase(t, { template })
}
