/**
 * Retire: an old read table goes, once nobody reads it. Event tables never go.
 *
 * The state changes in a transaction that holds the table and its lease lock alone, so no server can
 * begin to read it unnoticed, and nothing come to depend on it. From then on its triggers do nothing;
 * each is dropped in a short transaction of its own, and the table last. A run that was interrupted
 * is finished by the next. A view has no triggers, and goes in one transaction.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { asInstaller, besideNoShadow } from '../install/installer.ts'
import { newestReadTables, readReleases } from '../releases/releases.ts'
import { leaseHolders } from '../serve/holders.ts'
import { type ReadTable, readTables } from '../tables.ts'
import { underAppendLock } from '../transactions.ts'
import { dependentsOf } from './dependents.ts'
import { dropTable, dropTriggers } from './drop.ts'

export interface RetireOptions {
  readonly client: ClientBase
  readonly directory: string
  /** The tables to retire. */
  readonly tables?: readonly string[]
  /** Or those that a release brought. */
  readonly release?: number | undefined
  readonly say: (line: string) => void
}

/**
 * Retires the tables named, or those of a release, or, without either, every one that neither this
 * code reads nor a live server. Answers what it retired. Throws MaintenanceError.
 */
export async function retire(options: RetireOptions): Promise<string[]> {
  const { client, say } = options
  return asInstaller(client, say, async () => {
    const chosen = await choose(options)
    if (chosen.length > 0)
      await besideNoShadow(client, say, () => retireChosen(client, chosen, say))
    return chosen.map(({ name }) => name)
  })
}

/** Views and referring tables first, so that a table and all that depends on it can go together. */
async function retireChosen(
  client: ClientBase,
  chosen: readonly ReadTable[],
  say: (line: string) => void,
): Promise<void> {
  for (const table of chosen) {
    if (table.state === 'live') await flip(client, table)
    await drop(client, table)
    say(`${table.name} is gone; its events stay in the log`)
  }
}

async function choose({ client, directory, tables, release, say }: RetireOptions) {
  const known = await readTables(client)
  if (tables && tables.length > 0) return chooseNamed(client, known, tables)
  const ready = known.filter(({ state }) => state !== 'building')
  const releases = await readReleases(directory)
  if (release !== undefined) {
    const brought = ready.filter((table) => table.release === release)
    if (brought.length === 0 && release >= releases.length) {
      throw new MaintenanceError(
        `there is no release ${release}; the newest is ${releases.length - 1}`,
      )
    }
    return withoutNeeded(client, brought, say)
  }
  const ours = newestReadTables(releases, releases.length - 1)
  const missing = [...ours].find((name) => !ready.some((table) => table.name === name))
  if (missing) {
    throw new MaintenanceError(
      `${missing}, which this release reads, is not live yet: run epistle install first, or name what is to go`,
    )
  }
  const unread: ReadTable[] = []
  for (const table of ready) {
    // What a newer release brought waits for servers that this code knows nothing of.
    if (ours.has(table.name) || table.release >= releases.length) continue
    const holders = await leaseHolders(client, table.id)
    if (holders.length > 0) say(`${table.name} stays: it is read by ${holders.join(', ')}`)
    else unread.push(table)
  }
  return withoutNeeded(client, unread, say)
}

/** All of them, or none. */
async function chooseNamed(
  client: ClientBase,
  known: readonly ReadTable[],
  names: readonly string[],
): Promise<ReadTable[]> {
  const unknown = names.find((name) => !known.some((table) => table.name === name))
  if (unknown) throw new MaintenanceError(`${unknown} is no read table of this database`)
  const chosen = known.filter(({ name }) => names.includes(name))
  const building = chosen.find(({ state }) => state === 'building')
  if (building) {
    throw new MaintenanceError(
      `${building.name} is building: let install end, or write its file anew and install again`,
    )
  }
  for (const { name } of chosen) {
    const needing = (await dependentsOf(client, [name])).filter((one) => !names.includes(one))
    refuse(name, needing, known)
  }
  return chosen
}

/** Throws MaintenanceError where something depends on the table. */
function refuse(name: string, depending: readonly string[], known: readonly ReadTable[] = []) {
  if (depending.length === 0) return
  const view = known.find((table) => table.state === 'demoted' && depending.includes(table.name))
  const advice = view
    ? `; retire ${view.name} too, or first demote it again, where a newer release has another view for it`
    : ''
  throw new MaintenanceError(`${name} cannot go: ${depending.join(', ')} depends on it${advice}`)
}

/** Those on which nothing depends that stays; of tables nobody named, the others just stay. */
async function withoutNeeded(
  client: ClientBase,
  tables: readonly ReadTable[],
  say: (line: string) => void,
): Promise<ReadTable[]> {
  const going: ReadTable[] = []
  for (const table of tables) {
    const depending = await dependentsOf(client, [table.name])
    const needed = depending.filter((name) => !going.some((other) => other.name === name))
    if (needed.length > 0) say(`${table.name} stays: ${needed.join(', ')} depends on it`)
    else going.push(table)
  }
  return going
}

/** Makes the table dormant for good, unless somebody reads it or something refers to it. */
async function flip(client: ClientBase, table: ReadTable): Promise<void> {
  await underAppendLock(client, async () => {
    await refuseReaders(client, table)
    await lockTable(client, table.name)
    refuse(table.name, await dependentsOf(client, [table.name]))
    await client.query(`update read.tables set state = 'retiring' where id = $1`, [table.id])
  })
}

/** The weakest lock beside which no view of it can come about, no more than a foreign key to it. */
async function lockTable(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ name: string | null }>(
    `select to_regclass(format('read.%I', $1::text))::text as name`,
    [table],
  )
  // Of one that somebody dropped by hand the triggers fail every writer, until they are retired.
  const name = rows[0]?.name
  if (name) await client.query(`lock table ${name} in access exclusive mode`)
}

/** Under the append lock no writer is in the middle of what the table refers to. */
async function drop(client: ClientBase, table: ReadTable): Promise<void> {
  await dropTriggers(client, table.name)
  await underAppendLock(client, async () => {
    // One that is retiring nobody reads: who asks for its lease lets go of it when he sees the state.
    if (table.state === 'demoted') await refuseReaders(client, table)
    await dropTable(client, table.name)
  })
}

/** Takes the lease alone, to the end of the transaction. Throws MaintenanceError with who holds it. */
async function refuseReaders(client: ClientBase, { id, name }: ReadTable): Promise<void> {
  const { rows } = await client.query('select pg_try_advisory_xact_lock(17745, $1) as alone', [id])
  if (rows[0].alone) return
  const reading = (await leaseHolders(client, id)).join(', ') || 'somebody'
  throw new MaintenanceError(
    `${name} cannot go: it is read by ${reading}; stop whoever reads it first`,
  )
}
