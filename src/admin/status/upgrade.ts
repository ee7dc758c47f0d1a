/**
 * The next step of an upgrade, and what stands in its way: install the releases of the newest code, replace the
 * servers of older releases, then demote or retire the tables that they read.
 */

import type { ReaderOverview, TableOverview } from '../../platform/read-models/overview.ts'
import {
  familyOf,
  newestReadTables,
  type Release,
} from '../../platform/read-models/releases/releases.ts'

export interface Upgrade {
  /** The newest release of this server's code, and of the database. */
  readonly codeRelease: number
  readonly databaseRelease: number
  readonly step: 'install' | 'deploy' | 'retire' | 'none'
  /** The read tables that the step is about. */
  readonly tables: string[]
  /** Sentences for each thing to do or to wait for. */
  readonly obstacles: string[]
  /** The old tables that can become views while servers read them. */
  readonly demotable: string[]
}

export interface Situation {
  /** Of this server's code. */
  readonly releases: readonly Release[]
  readonly databaseRelease: number
  readonly tables: readonly TableOverview[]
  readonly readers: readonly ReaderOverview[]
}

/** The next step in a situation. */
export function nextStep(situation: Situation): Upgrade {
  const { releases, databaseRelease, tables } = situation
  const codeRelease = releases.length - 1
  const found = {
    ...{ codeRelease, databaseRelease },
    demotable: tables.filter((table) => isDemotable(table, situation)).map(({ name }) => name),
  }
  const unfinished = tables.filter(({ state }) => state === 'building')
  if (codeRelease > databaseRelease || unfinished.length > 0) {
    return { ...found, step: 'install', ...toInstall(situation, unfinished) }
  }
  if (codeRelease < databaseRelease) {
    const obstacle = `The database has release ${databaseRelease}, and this server has ${codeRelease}. Deploy the newest code.`
    return { ...found, step: 'deploy', tables: [], obstacles: [obstacle] }
  }
  const old = oldTables(situation)
  if (old.length === 0) return { ...found, step: 'none', tables: [], obstacles: [] }
  const names = old.map(({ name }) => name)
  const reading = readersOf(situation, names)
  return reading.length > 0
    ? { ...found, step: 'deploy', tables: names, obstacles: reading }
    : {
        ...found,
        step: 'retire',
        tables: names,
        obstacles: [...unretired(old), ...away(situation)],
      }
}

function toInstall(situation: Situation, unfinished: readonly TableOverview[]) {
  const building = unfinished.map(
    ({ name, position }) =>
      `${name} is built up to position ${position}. If no install is running, run epistle install again.`,
  )
  return {
    tables: unfinished.map(({ name }) => name),
    obstacles: [...building, ...away(situation)],
  }
}

/** Install, demote and retire are refused while one of these can come back. */
function away({ readers }: Situation): string[] {
  return readers
    .filter(({ holdsLeases }) => !holdsLeases)
    .map(({ name }) => `${name} has lost its leases. Wait a minute, or until it is back.`)
}

function unretired(old: readonly TableOverview[]): string[] {
  return old
    .filter(({ state }) => state === 'retiring')
    .map(
      ({ name }) =>
        `The retirement of ${name} is not finished. If none is running, run epistle retire ${name} again.`,
    )
}

/** The tables that this code does not read, and that a newer live version of the same table makes unnecessary. */
function oldTables({ releases, tables }: Situation): TableOverview[] {
  const ours = newestReadTables(releases, releases.length - 1)
  return tables.filter(
    ({ name, release }) => !ours.has(name) && release < releases.length && hasNewer(name, tables),
  )
}

function hasNewer(name: string, tables: readonly TableOverview[]): boolean {
  const release = tables.find((table) => table.name === name)?.release ?? 0
  return tables.some(
    (other) =>
      familyOf(other.name) === familyOf(name) &&
      other.release > release &&
      (other.state === 'live' || other.state === 'demoted'),
  )
}

/** A live table is demotable if a release that is installed brings its view. */
function isDemotable({ name, state }: TableOverview, situation: Situation): boolean {
  const { releases, databaseRelease, tables } = situation
  const brings = ({ release, files }: Release) =>
    release <= databaseRelease && files.some(({ kind, table }) => kind === 'view' && table === name)
  return state === 'live' && hasNewer(name, tables) && releases.some(brings)
}

function readersOf({ readers }: Situation, names: readonly string[]): string[] {
  return readers.flatMap(({ name, release, tables }) => {
    const read = tables.filter((table) => names.includes(table))
    if (read.length === 0) return []
    const running = release === null ? name : `${name}, which has release ${release},`
    return [`${running} still reads ${read.join(', ')}. Replace it with the newest code.`]
  })
}
