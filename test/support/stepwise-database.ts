// A database that went through every release one by one, as a real one did. Every read table that ever existed
// is live, so servers of all releases can work on it at once.
import { dbDirectory, readReleases } from '../../src/platform/read-models/releases/releases.ts'
import { type Finishing, freshDatabase, withTemplate } from './database.ts'
import { fingerprint, installInto } from './installed.ts'

/**
 * Returns the URL of a fresh database with releases 0, 1, 2 … up to `to` (the newest) installed one by
 * one. It is copied from a template that the first test creates.
 */
export async function stepwiseDatabase(
  t: Finishing,
  to = Number.POSITIVE_INFINITY,
): Promise<string> {
  const template = `epistle_template_${await fingerprint()}_stepwise_${Number.isFinite(to) ? to : 'newest'}`
  await withTemplate(template, async (url) => {
    for (const { release } of await readReleases(dbDirectory)) {
      if (release <= to) await installInto(url, { to: release })
    }
  })
  return freshDatabase(t, { template })
}
