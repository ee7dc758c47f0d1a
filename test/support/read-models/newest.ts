// The newest version of each read table, as db/ has them, whatever release comes next.
import {
  dbDirectory,
  familyOf,
  newestReadTables,
  readReleases,
} from '../../../src/platform/read-models/releases/releases.ts'

const releases = await readReleases(dbDirectory)
const newest = newestReadTables(releases, releases.length - 1)

/** What is left when everything older is retired, sorted. */
export const newestTables: readonly string[] = [...newest].sort()

/** `messages` → the name of the newest table of messages */
export function newestOf(family: string): string {
  const found = newestTables.find((table) => familyOf(table) === family)
  if (!found) throw new Error(`db/ has no read table ${family}_<release>`)
  return found
}
