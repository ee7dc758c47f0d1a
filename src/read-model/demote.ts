/**
 * Demote: an old read table whose every row can be had from its successor becomes a view of it.
 *
 * Its successor's release brings the view's text. Both are compared row by row at one position; then
 * one short transaction under the append lock takes the view for the table. From then on the old
 * version costs no trigger and no space, its constraints are the successor's, and its readers, who
 * see the same names, order and types, notice nothing.
 */

import type { ClientBase } from 'pg'
import { readDifferences } from './difference.ts'
import { dropFunctions, dropTriggers } from './drop.ts'
import { UpkeepError } from './errors.ts'
import { asInstaller } from './installer.ts'
import type { ReleaseFile } from './releases.ts'
import { referringTables } from './retire.ts'
import { withShadow } from './shadow.ts'
import { shortTransaction, transaction } from './transactions.ts'
import { installedReleases } from './verify.ts'

/** Makes a live read table a view of its successor. Throws UpkeepError where that cannot be. */
export async function demote(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
): Promise<void> {
  await asInstaller(client, say, () => demoteAlone(client, directory, table, say))
  say(`${table} is a view now`)
}

async function demoteAlone(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
): Promise<void> {
  const state = await stateOf(client, table)
  if (state !== 'demoted') {
    if (state !== 'live') throw new UpkeepError(`${table} is ${state ?? 'not there'}, not live`)
    const referring = await referringTables(client, table)
    if (referring.length > 0) {
      throw new UpkeepError(`${table} cannot become a view: ${referring.join(', ')} depends on it`)
    }
    const view = await findView(client, directory, table)
    await compare(client, table, view, say)
    await swap(client, table, view)
  }
  // Dormant since the swap. A run that ended here is finished by the next.
  await dropTriggers(client, table)
  await shortTransaction(client, () => dropFunctions(client, table))
}

async function stateOf(client: ClientBase, table: string): Promise<string | undefined> {
  const { rows } = await client.query('select state from read.tables where name = $1', [table])
  return rows[0]?.state
}

/** The newest text by which an installed release says how to have the table from another. */
async function findView(
  client: ClientBase,
  directory: string,
  table: string,
): Promise<ReleaseFile> {
  const files = (await installedReleases(client, directory)).flatMap((release) => release.files)
  const view = files.findLast((file) => file.kind === 'view' && file.table === table)
  if (view) return view
  throw new UpkeepError(
    `no installed release says in a file ${table}.view.sql what it is a view of`,
  )
}

/** Throws UpkeepError unless columns and rows of table and view are the same, in one snapshot. */
async function compare(
  client: ClientBase,
  table: string,
  view: ReleaseFile,
  say: (line: string) => void,
): Promise<void> {
  await withShadow(client, say, async () => {
    await client.query('set search_path = shadow, read, log, pg_temp')
    await client.query(view.text)
    await client.query('reset search_path')
    const [live, shadow] = [
      await columns(client, 'read', table),
      await columns(client, 'shadow', table),
    ]
    if (live !== shadow) {
      throw new UpkeepError(`db/${view.path} has the columns ${shadow}; ${table} has ${live}`)
    }
    const compareRows = () => readDifferences(client, table, 10)
    const { count, rows } = await transaction(client, compareRows, 'repeatable read')
    if (count > 0) {
      const some = rows.map(({ key, kind }) => `${kind} ${JSON.stringify(key)}`).join(', ')
      throw new UpkeepError(`${count} rows of ${table} are not those of db/${view.path}: ${some}`)
    }
  })
}

/** Names and exact types, in order: what a prepared statement of a reader was planned for. */
async function columns(client: ClientBase, schema: string, table: string): Promise<string> {
  const { rows } = await client.query<{ columns: string }>(
    `select string_agg(
       format('%I %s%s', attname, format_type(atttypid, atttypmod),
         case when attcollation <> 0 then ' ' || attcollation::regcollation end),
       ', ' order by attnum) as columns
     from pg_attribute
     where attrelid = to_regclass(format('%I.%I', $1::text, $2::text))
       and attnum > 0 and not attisdropped`,
    [schema, table],
  )
  return rows[0]?.columns ?? ''
}

/** Under the append lock nobody is projecting into the table; readers wait for this transaction. */
async function swap(client: ClientBase, table: string, view: ReleaseFile): Promise<void> {
  await shortTransaction(client, async () => {
    const grants = await readerGrants(client, table)
    await client.query('select log.take_append_lock()')
    // Writers wait behind us: whoever reads just now makes this try fail at once, and not in 50 ms.
    const name = client.escapeIdentifier(table)
    await client.query(`lock table read.${name} in access exclusive mode nowait`)
    await client.query(`drop table read.${client.escapeIdentifier(table)}`)
    await client.query('set local search_path = read, log, pg_temp')
    await client.query(view.text)
    await client.query(`update read.tables set state = 'demoted' where name = $1`, [table])
    for (const grant of grants) await client.query(grant)
  })
}

/** Whoever may read the table may read the view. */
async function readerGrants(client: ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('grant select on %s to %s', c.oid::regclass,
       case a.grantee when 0 then 'public' else a.grantee::regrole::text end) as statement
     from pg_class c cross join aclexplode(c.relacl) a
     where c.oid = to_regclass(format('read.%I', $1::text))
       and a.privilege_type = 'SELECT' and a.grantee <> c.relowner`,
    [table],
  )
  return rows.map(({ statement }) => statement)
}
