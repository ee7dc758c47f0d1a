/**
 * Declare: the tables and functions of new releases, in one transaction.
 *
 * Checks before it commits that released files are as they were, that every event type reaches
 * every read table that must know it, and that nothing which is there changes its meaning. What
 * locks live tables (a foreign key to one) comes last, so that writers wait for milliseconds.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { InstallError } from '../errors.ts'
import { type Cell, isProjected, readMatrix } from '../matrix.ts'
import { keyFaults } from '../rebuild/difference.ts'
import { checkFrozen, record } from '../releases/frozen.ts'
import { findCellFaults, findFaults, readMeaning } from '../releases/meaning.ts'
import { referenceFaults } from '../releases/references.ts'
import type { Release, ReleaseFile } from '../releases/releases.ts'
import { plan, runInAnyOrder } from '../releases/run-files.ts'
import { dropTable, dropTriggers } from '../retire/drop.ts'
import { shortTransaction } from '../transactions.ts'
import { besideNoShadow } from './installer.ts'
import { makeReactions } from './reactions.ts'

/** Declares the releases up to `target` that the database does not have yet. */
export async function declare(
  client: ClientBase,
  releases: readonly Release[],
  target: number,
  say: (line: string) => void,
): Promise<void> {
  const wanted = releases.filter(({ release }) => release <= target)
  const fresh = await checkFrozen(client, wanted)
  // A rebuild whose shadow did not know a new event would undo what it did.
  if (fresh.length > 0) await besideNoShadow(client, say, () => declareWanted(client, wanted, say))
  else await declareWanted(client, wanted, say)
}

async function declareWanted(
  client: ClientBase,
  wanted: readonly Release[],
  say: (line: string) => void,
): Promise<void> {
  const rewritten = await findRewritten(client, wanted)
  for (const { name, file, because } of rewritten) {
    say(
      because
        ? `${name} refers to ${because}, and starts over, too`
        : `db/releases/${file} was written anew since ${name} could not be built; starting over`,
    )
    await dropTriggers(client, name)
    await letGo(client, name)
  }
  const declared = await shortTransaction(client, async () => {
    const fresh = await checkFrozen(client, wanted)
    for (const { name } of rewritten) await dropTable(client, name)
    const before = await readMeaning(client)
    const { shared, readTables } = await plan(client, wanted, fresh)
    if (fresh.length === 0 && readTables.length === 0) return fresh
    await client.query('set local search_path = read, log, pg_temp')
    for (const release of fresh) await record(client, release, readTables)
    await runInAnyOrder(client, shared)
    checkFaults(findFaults(before, await readMeaning(client)))
    await checkEventTables(client, shared)
    await reachExisting(client, before.cells)
    await client.query('call engine.make_stream_views()').catch((error: unknown) => {
      throw isRaised(error) ? new InstallError(error.message, { cause: error }) : error
    })
    checkFaults(await makeReactions(client))
    await runInAnyOrder(client, readTables)
    const made = await addTables(client, readTables)
    checkFaults(findCellFaults(await readMatrix(client)))
    checkFaults(await keyFaults(client, 'read', made))
    checkFaults(await referenceFaults(client, 'read'))
    return fresh
  })
  // Also when nothing is new: the role may have been made since.
  await client.query('call engine.grant_rights()')
  for (const { release, name } of declared) say(`release ${release} (${name}) is declared`)
}

/** raise_exception: what the engine itself says is missing, as a cast to a stream's newest shape. */
function isRaised(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code === 'P0001'
}

interface Rewritten {
  readonly name: string
  readonly file: string
  /** The table written anew that it refers to, where its own file is as it was. */
  readonly because: string | null
}

/**
 * Tables that could not be built, and whose files were written anew since, and those that refer to
 * them, which are building as well: they begin anew. Referring ones first.
 */
async function findRewritten(client: ClientBase, wanted: readonly Release[]): Promise<Rewritten[]> {
  const files = wanted.flatMap((release) => release.files)
  const { rows } = await client.query<Rewritten>(
    `with recursive anew as (
       select t.name, null as because
       from read.tables t join unnest($1::text[], $2::text[]) now (file, sha256) using (file)
       where t.state = 'building' and t.sha256 <> now.sha256
       union
       select t.name, anew.name
       from anew
       join pg_constraint k on k.contype = 'f'
         and k.confrelid = to_regclass(format('read.%I', anew.name))
       join read.tables t on t.state = 'building' and t.name <> anew.name
         and k.conrelid = to_regclass(format('read.%I', t.name))
     )
     select name, file, (array_agg(because order by because nulls first))[1] as because
     from anew join read.tables using (name)
     group by name, file
     order by engine.rank_of(name) desc, name`,
    [files.map(({ path }) => path), files.map((file) => file.sha256)],
  )
  return rows
}

/**
 * What drops a reference keeps everybody from the table it leads to until it commits. So that goes
 * first, in a transaction of its own; from then on the table can only begin anew.
 */
async function letGo(client: ClientBase, table: string): Promise<void> {
  await shortTransaction(client, async () => {
    const { rows } = await client.query<{ drops: string | null }>(
      `select string_agg(format('drop constraint %I', conname), ', ') as drops
       from pg_constraint
       where conrelid = to_regclass(format('read.%I', $1::text)) and contype = 'f'`,
      [table],
    )
    const drops = rows[0]?.drops
    if (drops) await client.query(`alter table read.${client.escapeIdentifier(table)} ${drops}`)
    await client.query(`update read.tables set sha256 = '' where name = $1`, [table])
  })
}

/** Notes the read tables that are to be built; answers their names. */
async function addTables(client: ClientBase, files: readonly ReleaseFile[]): Promise<string[]> {
  const made = files.filter(({ kind }) => kind === 'read')
  await client.query(
    `insert into read.tables (name, release, file, sha256)
     select name, engine.release_of(name), file, sha256
     from unnest($1::text[], $2::text[], $3::text[]) as t (name, file, sha256)`,
    [made.map((f) => f.table), made.map((f) => f.path), made.map((f) => f.sha256)],
  )
  return made.map(({ table }) => table)
}

/**
 * Lets the new event types reach the read tables that are there, in the transaction that makes
 * them: nobody can have written one yet, so no history is missed.
 */
async function reachExisting(client: ClientBase, before: readonly Cell[]): Promise<void> {
  const oldTypes = new Set(before.map(({ eventType }) => eventType))
  const cells = (await readMatrix(client)).filter((cell) => !oldTypes.has(cell.eventType))
  for (const cell of cells.filter(isProjected)) {
    await client.query('call engine.attach($1, $2)', [cell.readTable, cell.eventType])
  }
  for (const table of new Set(cells.map(({ readTable }) => readTable))) {
    await client.query(`call engine.make_replay($1, 'read')`, [table])
  }
}

/** An event table that nobody declared would be written without order, guard or trigger. */
async function checkEventTables(client: ClientBase, files: readonly ReleaseFile[]): Promise<void> {
  const tables = files.filter(({ kind }) => kind === 'event').map(({ table }) => table)
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) name
     where not exists (select from log.event_types where type = name)`,
    [tables],
  )
  checkFaults(
    rows.map(({ name }) => `the file of log.${name} must call log.event_table('${name}', …)`),
  )
}

function checkFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new InstallError(faults.join('\n'))
}
