/**
 * Retire: drops an old read table that no server reads any longer. Event tables are never dropped.
 *
 * The state changes in a transaction that holds the table and its lease exclusively. So no server can
 * start to read the table unnoticed, and no new object can depend on it. From then on no event is
 * projected into it. A second transaction drops the table with its projections. The next run finishes
 * an interrupted one. A view is dropped in one transaction.
 */

import type { ClientBase } from 'pg'
import { withInstallLock, withShadowLock } from '../advisory-locks.ts'
import { MaintenanceError } from '../errors.ts'
import { leaseHolders } from '../lock-holders.ts'
import { unwatched, type Watch } from '../rebuild/watch.ts'
import { newestReadTables, readReleases } from '../releases/releases.ts'
import { absentReaders, refuseAbsentReaders } from '../serve/readers.ts'
import { type ReadTable, readTables, relationExists, unknownTable } from '../tables.ts'
import { dependentsOf, dependentsQuery, dependOnIt } from './dependents.ts'
import { dropping, dropStatements, lockedByDrop } from './drop-read-table.ts'
import { checkNewer, whyItStays, withoutNewer } from './newer-version.ts'
import { takeLease, unlessRead } from './unless-read.ts'

export interface RetireOptions {
  readonly client: ClientBase
  readonly directory: string
  /** The tables to retire. */
  readonly tables?: readonly string[]
  /** Or the release whose tables to retire. */
  readonly release?: number | undefined
  readonly say: (line: string) => void
  readonly watch?: Pick<Watch, 'progress'>
}

/**
 * Retires the tables named, or those of a release. Without either it retires every table that neither
 * this code nor a running server reads. Returns the names of the tables it retired. Throws
 * MaintenanceError.
 */
export async function retire(options: RetireOptions): Promise<string[]> {
  const { client, say } = options
  return withInstallLock(client, say, async () => {
    const chosen = await choose(options)
    if (chosen.length > 0) {
      await withShadowLock(client, say, () => retireChosen(options, chosen))
    }
    return chosen.map(({ name }) => name)
  })
}

/** Retires tables in their order, which is views and referring tables first. */
async function retireChosen(
  { client, say, watch = unwatched }: RetireOptions,
  chosen: readonly ReadTable[],
): Promise<void> {
  for (const [done, table] of chosen.entries()) {
    watch.progress(done, chosen.length, 'tables')
    if (table.state === 'live') await startRetiring(client, table, say)
    await stopAsking(client, table, say)
    await drop(client, table, say)
    say(`${table.name} is gone; its events stay in the log`)
  }
  watch.progress(chosen.length, chosen.length, 'tables')
}

async function choose(options: RetireOptions): Promise<ReadTable[]> {
  const { client, directory, tables = [], release, say } = options
  const known = await readTables(client)
  if (tables.length > 0) return chooseNamed(client, known, tables)
  const ready = known.filter(({ state }) => state !== 'building')
  const releases = await readReleases(directory)
  if (release === undefined) {
    const ours = newestReadTables(releases, releases.length - 1)
    const old = ready.filter(({ release }) => release < releases.length)
    return withoutNeeded(client, await chooseUnread(client, ours, old, say), say)
  }
  const brought = ready.filter((table) => table.release === release)
  if (brought.length === 0 && release >= releases.length) {
    throw new MaintenanceError(
      `release ${release} does not exist; the newest is ${releases.length - 1}`,
    )
  }
  return withoutNeeded(client, brought, say)
}

/** The tables named, all of them. Throws MaintenanceError where one of them cannot be retired. */
async function chooseNamed(
  client: ClientBase,
  known: readonly ReadTable[],
  names: readonly string[],
): Promise<ReadTable[]> {
  const unknown = names.find((name) => !known.some((table) => table.name === name))
  if (unknown !== undefined) throw unknownTable(unknown, known)
  const chosen = known.filter(({ name }) => names.includes(name))
  const building = chosen.find(({ state }) => state === 'building')
  if (building) {
    throw new MaintenanceError(
      `${building.name} is building; wait until \`epistle install\` has finished, or rewrite the file of ` +
        'the table and install again',
    )
  }
  for (const { name } of chosen) {
    const needing = (await dependentsOf(client, [name])).filter((one) => !names.includes(one))
    refuseDependents(name, needing, known)
  }
  for (const table of chosen) await checkNewer(client, table, 'retired')
  return chosen
}

/**
 * The tables of this and older releases that neither this code (`ours`) nor a running server reads. Tables
 * of newer releases do not count, because their servers possibly have not started yet.
 */
async function chooseUnread(
  client: ClientBase,
  ours: ReadonlySet<string>,
  old: readonly ReadTable[],
  say: (line: string) => void,
): Promise<ReadTable[]> {
  const missing = [...ours].find((name) => !old.some((table) => table.name === name))
  if (missing !== undefined) {
    throw new MaintenanceError(
      `${missing}, which this release reads, is not live yet; run \`epistle install\` first, or name the ` +
        'tables to retire',
    )
  }
  const unread: ReadTable[] = []
  for (const table of old) {
    if (ours.has(table.name)) continue
    const held = await leaseHolders(client, table.id)
    const holders = [...held, ...(await absentReaders(client, table.name))]
    if (holders.length > 0) say(`${table.name} stays: it is read by ${holders.join(', ')}`)
    else unread.push(table)
  }
  return unread
}

/** Throws MaintenanceError where something depends on the table. */
function refuseDependents(
  name: string,
  dependents: readonly string[],
  known: readonly ReadTable[] = [],
): void {
  if (dependents.length === 0) return
  const view = known.find((table) => table.state === 'demoted' && dependents.includes(table.name))
  const advice = view
    ? `retire ${view.name} too, or demote it again first if a newer release has another view for it`
    : 'drop or retire the dependents first'
  throw new MaintenanceError(`${name} cannot be retired: ${dependOnIt(dependents)}; ${advice}`)
}

/** Leaves out every table without a newer version that is live, or on which something depends that stays. */
async function withoutNeeded(
  client: ClientBase,
  tables: readonly ReadTable[],
  say: (line: string) => void,
): Promise<ReadTable[]> {
  const going: ReadTable[] = []
  const last = await withoutNewer(
    client,
    tables.map(({ name }) => name),
  )
  for (const table of tables) {
    const dependents = await dependentsOf(client, [table.name])
    const staying = dependents.filter((name) => !going.some((other) => other.name === name))
    if (staying.length > 0) say(`${table.name} stays: ${dependOnIt(staying)}`)
    else if (last.has(table.name)) say(`${table.name} stays: ${whyItStays}`)
    else going.push(table)
  }
  return going
}

/** Stops the projection into the table for good, unless a server reads it or something refers to it. */
async function startRetiring(
  client: ClientBase,
  table: ReadTable,
  say: (line: string) => void,
): Promise<void> {
  const { name, id } = table
  const prepare = async () => {
    await checkNewer(client, table, 'retired')
    await refuseAbsentReaders(client, name, 'retired')
    const own = `read.${client.escapeIdentifier(name)}`
    // A table can have been dropped by hand. Its projections fail every writer until it is restored or retired.
    const tables = (await relationExists(client, own)) ? [own] : []
    return {
      tables,
      underAppendLock: true,
      statements: [
        ...takeLease(client, table),
        // The weakest lock that keeps other sessions from creating a view or a foreign key on the table.
        ...tables.map((one) => `lock table ${one} in access exclusive mode`),
        `update read.tables set state = 'retiring'
         where id = ${id} and not exists (${dependentsQuery(`array[${client.escapeLiteral(name)}]`)})`,
      ],
    }
  }
  const results = await unlessRead(client, table, prepare, say)
  if (results.at(-1)?.rowCount === 1) return
  refuseDependents(name, await dependentsOf(client, [name]))
  throw new MaintenanceError(`an object that depended on ${name} has just gone; retire it again`)
}

/**
 * Makes the functions by which appends ask read tables without this one, which is no longer live, before its own
 * functions are dropped. No writer waits for it.
 */
async function stopAsking(
  client: ClientBase,
  { name }: ReadTable,
  say: (line: string) => void,
): Promise<void> {
  const { rowCount } = await client.query(
    `select where to_regprocedure(format('read.%I(uuid)', $1 || '_accepts')) is not null`,
    [name],
  )
  if (rowCount === 0) return
  await dropping(client, async () => ({ statements: ['call engine.make_expectations()'] }), say)
}

/** Drops the table under the append lock, so no writer is in the middle of using a table it refers to. */
async function drop(
  client: ClientBase,
  table: ReadTable,
  say: (line: string) => void,
): Promise<void> {
  // No server reads a retiring table: a server that takes its lease releases it on seeing the state.
  const isRead = table.state === 'demoted'
  const prepare = async () => {
    if (isRead) await refuseAbsentReaders(client, table.name, 'retired')
    return {
      tables: await lockedByDrop(client, [table.name]),
      underAppendLock: true,
      statements: [
        ...(isRead ? takeLease(client, table) : []),
        ...(await dropStatements(client, table.name)),
      ],
    }
  }
  await unlessRead(client, table, prepare, say)
}
