/**
 * Demote: replaces an old read table with a view of a newer one, where the view has the same rows.
 *
 * A release brings the text of the view. Demote compares table and view row by row at one position. Then
 * one short transaction under the append lock puts the view in the place of the table. From then on the
 * old version costs no projection and no space, and the constraints of the newer table apply. Readers notice
 * nothing: names, order and types of the columns stay. A later release may bring a view of a newer table.
 */

import type { ClientBase } from 'pg'
import { withInstallLock } from '../advisory-locks.ts'
import { MaintenanceError } from '../errors.ts'
import { installedReleases, refuseNewerReleases } from '../releases/released-files.ts'
import type { ReleaseFile } from '../releases/releases.ts'
import { withShadow } from '../replay/shadow.ts'
import { explainingAbsence, raiseIfAbsent, refuseAbsentReaders } from '../serve/readers.ts'
import { readTables, unknownTable } from '../tables.ts'
import { dependentsOf, dependOnIt, viewsOver } from './dependents.ts'
import { dropFunctions, dropping, dropRelations, lockedByDrop } from './drop-read-table.ts'
import { checkNewer } from './newer-version.ts'
import { checkView } from './view-check.ts'

/**
 * Makes a live read table a view of a newer one. For a demoted table it takes the newest view that an
 * installed release brings. Throws MaintenanceError where that is not possible.
 */
export async function demote(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
): Promise<void> {
  await refuseNewerReleases(client, directory)
  say(await withInstallLock(client, say, () => demoteUnderLock(client, directory, table, say)))
}

async function demoteUnderLock(
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
      `${table} cannot be demoted: ${dependOnIt(depending)}; drop the dependents first`,
    )
  }
  const files = (await installedReleases(client, directory)).flatMap((release) => release.files)
  const view = newestView(files, table)
  const isDone = known.state === 'demoted' && known.sha256 === view.sha256
  if (!isDone) {
    await refuseAbsentReaders(client, table, 'demoted')
    // Takes the lock of verify and rebuild: they must not lose the table while they compare it.
    await withShadow(client, say, async () => {
      say(`comparing all rows of ${table} with the view of db/releases/${view.path}`)
      await checkView(client, view)
      await checkNewer(client, known, 'demoted')
      await swap(
        client,
        view,
        over.map((each) => viewOf(each, files)),
        say,
      )
    })
  }
  await finish(client, table, say)
  return isDone
    ? `${table} is already the view of db/releases/${view.path}`
    : `${table} is now a view`
}

/** The read table of a name, which must be live or demoted. */
async function demotable(client: ClientBase, table: string) {
  const tables = await readTables(client)
  const known = tables.find(({ name }) => name === table)
  if (!known) throw unknownTable(table, tables)
  if (known.state === 'live' || known.state === 'demoted') return known
  const advice = known.state === 'building' ? 'install' : `retire ${table}`
  throw new MaintenanceError(
    `${table} is ${known.state}, not live; wait until that is finished, or run \`epistle ${advice}\` to ` +
      'finish it',
  )
}

/** The newest view that an installed release brings for a table. */
function newestView(files: readonly ReleaseFile[], table: string): ReleaseFile {
  const view = files.findLast((file) => file.kind === 'view' && file.table === table)
  if (!view) {
    throw new MaintenanceError(
      `${table} stays a table: no installed release contains a file ${table}.view.sql that defines its ` +
        'view; the next release can bring one (db/README.md, rule 13)',
    )
  }
  return view
}

/** The file of the view that a demoted table is. */
function viewOf(
  { name, file }: { name: string; file: string },
  files: readonly ReleaseFile[],
): ReleaseFile {
  const view = files.find(({ kind, path }) => kind === 'view' && path === file)
  if (view) return view
  throw new MaintenanceError(
    `db/releases/${file} is missing, but ${name} is the view it defines; demote ${name} first`,
  )
}

/**
 * Puts the view in the place of the table. Under the append lock no writer projects into the table, and
 * readers wait for this transaction. Views of the table (`over`) are dropped with it and created again from
 * their own files.
 */
async function swap(
  client: ClientBase,
  view: ReleaseFile,
  over: readonly ReleaseFile[],
  say: (line: string) => void,
): Promise<void> {
  const made = [view, ...over]
  const tables = made.map(({ table }) => table)
  const [name, path, sha256] = [view.table, view.path, view.sha256].map((text) =>
    client.escapeLiteral(text),
  )
  const prepare = async () => ({
    tables: await lockedByDrop(client, tables),
    underAppendLock: true,
    statements: [
      raiseIfAbsent(client, view.table),
      `select set_config('epistle.grants', (${readerGrants(client, tables)}), true)`,
      ...(await dropRelations(client, tables)),
      'set local search_path = read, log, pg_temp',
      ...made.map(({ text }) => text),
      `do $$ begin execute current_setting('epistle.grants'); end $$`,
      `update read.tables set state = 'demoted', file = ${path}, sha256 = ${sha256} where name = ${name}`,
    ],
  })
  await explainingAbsence(view.table, 'demoted', () => dropping(client, prepare, say))
}

/**
 * The query for the statements that grant every reader of the tables, or of their columns, the same on the
 * views. They are one text, `select` where there are none.
 */
function readerGrants(client: ClientBase, tables: readonly string[]): string {
  const names = tables.map((table) => client.escapeLiteral(table)).join(', ')
  return `select coalesce(string_agg(format('grant select %s on %s to %s', g.columns, c.oid::regclass,
       case a.grantee when 0 then 'public' else a.grantee::regrole::text end), '; '), 'select')
     from unnest(array[${names}]) name
     join pg_class c on c.oid = to_regclass(format('read.%I', name))
     cross join lateral (
       select '' as columns, c.relacl as acl
       union all
       select format('(%I)', attname), attacl from pg_attribute
       where attrelid = c.oid and attnum > 0 and not attisdropped
     ) g cross join aclexplode(g.acl) a
     where a.privilege_type = 'SELECT' and a.grantee <> c.relowner`
}

/**
 * Drops the projections that filled the table, which no event has reached since the swap. What requests expected
 * of the table, they then expect of the view. No writer waits for it.
 */
async function finish(
  client: ClientBase,
  table: string,
  say: (line: string) => void,
): Promise<void> {
  const statements = async () => [
    ...(await dropFunctions(client, table)),
    'call engine.make_expectations()',
  ]
  await dropping(client, async () => ({ statements: await statements() }), say)
}

/**
 * Finishes every demotion that was interrupted after its swap, and changes nothing where none was. The caller must hold
 * the install lock.
 */
export async function finishDemotions(
  client: ClientBase,
  say: (line: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select t.name
     from read.tables t cross join engine.expectations() e
     where t.state = 'demoted' and (
       exists (select from engine.attached where read_table = t.name)
       or exists (
         select from pg_proc
         where pronamespace = 'read'::regnamespace
           and proname in (t.name || '_on', t.name || '_ignores', t.name || '_replay'))
       or not exists (
         select from pg_proc
         where proname = 'check_read_tables' and pronamespace = 'log'::regnamespace
           and prosrc = e.check_read_tables)
       or not exists (
         select from pg_proc
         where proname = 'changes_expected' and pronamespace = 'log'::regnamespace
           and prosrc = e.changes_expected)
       or not exists (
         select from pg_proc
         where proname = 'accepted_keys' and pronamespace = 'log'::regnamespace
           and prosrc = engine.accepted_keys()))`,
  )
  for (const { name } of rows) await finish(client, name, say)
}
