// The newest version of each read table in db/, so that tests need no change for a new release.
import {
  dbDirectory,
  familyOf,
  newestReadTables,
  readReleases,
} from '../../../src/platform/read-models/releases/releases.ts'

const releases = await readReleases(dbDirectory)
const newest = newestReadTables(releases, releases.length - 1)

/** The tables that remain when every older version is retired, sorted. */
export const newestTables: readonly string[] = [...newest].sort()

/** The newest read table of a family: `messages` → `messages_10`. */
export function newestOf(family: string): string {
  const found = newestTables.find((table) => familyOf(table) === family)
  if (!found) throw new Error(`db/ has no read table ${family}_<release>`)
  return found
}
