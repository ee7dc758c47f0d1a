/**
 * Demote: an old read table whose every row can be had from a newer one becomes a view of that.
 *
 * A release brings the view's text. Both are compared row by row at one position; then one short
 * transaction under the append lock takes the view for the table. From then on the old version costs
 * no trigger and no space, its constraints are the newer one's, and its readers, who see the same
 * names, order and types, notice nothing. A later release may bring a view of something newer.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { asInstaller } from '../install/installer.ts'
import { installedReleases } from '../rebuild/verify.ts'
import type { ReleaseFile } from '../releases/releases.ts'
import { runInAnyOrder } from '../releases/run-files.ts'
import { withShadow } from '../replay/shadow.ts'
import { readTables } from '../tables.ts'
import { shortTransaction, underAppendLock } from '../transactions.ts'
import { dependentsOf, viewsOver } from './dependents.ts'
import { dropFunctions, dropRelations, dropTriggers } from './drop.ts'
import { checkView } from './view-check.ts'

/**
 * Makes a live read table a view of a newer one; a demoted one, where an installed release brings
 * another view for it, that view. Throws MaintenanceError where that cannot be.
 */
export async function demote(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
): Promise<void> {
  say(await asInstaller(client, say, () => demoteAlone(client, directory, table, say)))
}

async function demoteAlone(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
): Promise<string> {
  const known = await demotable(client, table)
  const over = await viewsOver(client, table)
  const depending = await dependentsOf(client, [table, ...over.map(({ name }) => name)])
  if (depending.length > 0) {
    throw new MaintenanceError(
      `${table} cannot become a view: ${depending.join(', ')} depends on it; drop that first`,
    )
  }
  const files = (await installedReleases(client, directory)).flatMap((release) => release.files)
  const view = files.findLast((file) => file.kind === 'view' && file.table === table)
  if (!view) {
    throw new MaintenanceError(
      `no installed release says in a file ${table}.view.sql what it is a view of, so ${table} stays ` +
        'a table; the next release can bring one (db/README.md, rule 13)',
    )
  }
  const isThere = known.state === 'demoted' && known.sha256 === view.sha256
  if (!isThere) {
    // Under the one lock that verify and rebuild hold, too: they must not see it vanish.
    await withShadow(client, say, async () => {
      await checkView(client, view)
      await swap(
        client,
        view,
        over.map((each) => viewOf(each, files)),
      )
    })
  }
  await finish(client, table)
  return isThere
    ? `${table} is the view of db/releases/${view.path} already`
    : `${table} is a view now`
}

async function demotable(client: ClientBase, table: string) {
  const known = (await readTables(client)).find(({ name }) => name === table)
  if (!known) throw new MaintenanceError(`${table} is no read table of this database`)
  if (known.state === 'live' || known.state === 'demoted') return known
  const advice = known.state === 'building' ? 'install' : `retire ${table}`
  throw new MaintenanceError(
    `${table} is ${known.state}, not live; let that end, or run \`epistle ${advice}\` again`,
  )
}

/** What a demoted table was made a view by. */
function viewOf(
  { name, file }: { name: string; file: string },
  files: readonly ReleaseFile[],
): ReleaseFile {
  const view = files.find(({ kind, path }) => kind === 'view' && path === file)
  if (view) return view
  throw new MaintenanceError(
    `db/releases/${file}, which made a view of ${name}, is not there; demote ${name} first`,
  )
}

/**
 * Under the append lock nobody is projecting into the table; readers wait for this transaction. What
 * is a view of it already is made anew, from its own file, since it cannot outlive what it reads.
 */
async function swap(
  client: ClientBase,
  view: ReleaseFile,
  over: readonly ReleaseFile[],
): Promise<void> {
  const made = [view, ...over]
  const tables = made.map(({ table }) => table)
  await underAppendLock(client, async () => {
    const grants = await readerGrants(client, tables)
    await dropRelations(client, tables)
    await client.query('set local search_path = read, log, pg_temp')
    await runInAnyOrder(client, made)
    await client.query(
      `update read.tables set state = 'demoted', file = $2, sha256 = $3 where name = $1`,
      [view.table, view.path, view.sha256],
    )
    for (const grant of grants) await client.query(grant)
  })
}

/** Whoever may read the tables, or columns of them, may read the views. */
async function readerGrants(client: ClientBase, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('grant select %s on %s to %s', g.columns, c.oid::regclass,
       case a.grantee when 0 then 'public' else a.grantee::regrole::text end) as statement
     from unnest($1::text[]) name
     join pg_class c on c.oid = to_regclass(format('read.%I', name))
     cross join lateral (
       select '' as columns, c.relacl as acl
       union all
       select format('(%I)', attname), attacl from pg_attribute
       where attrelid = c.oid and attnum > 0 and not attisdropped
     ) g cross join aclexplode(g.acl) a
     where a.privilege_type = 'SELECT' and a.grantee <> c.relowner`,
    [tables],
  )
  return rows.map(({ statement }) => statement)
}

/** Whatever fed the table: its triggers, dormant since the swap, and its functions. */
async function finish(client: ClientBase, table: string): Promise<void> {
  await dropTriggers(client, table)
  await shortTransaction(client, () => dropFunctions(client, table))
}

/** Ends every demotion that was cut off after its swap. The caller is the only installer. */
export async function finishDemotions(client: ClientBase): Promise<void> {
  for (const { name, state } of await readTables(client)) {
    if (state === 'demoted') await finish(client, name)
  }
}
