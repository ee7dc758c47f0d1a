/**
 * Restore: creates read tables again that were dropped by hand, complete, from the log.
 *
 * While such a table is missing, its projections refuse every event that reaches it. That lasts until the
 * transaction that puts a complete copy in its place, so no event can miss its constraints.
 */

import type { ClientBase } from 'pg'
import { installedReleases } from '../releases/released-files.ts'
import type { ReleaseFile } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'
import { createNewShadows } from '../replay/new-shadows.ts'
import { catchUp, replayTailQuery, withShadow } from '../replay/shadow.ts'
import { shortTransaction, transaction } from '../transactions.ts'

/** Restores the live and demoted read tables that are missing. The caller must hold the install lock. */
export async function restoreDropped(
  client: ClientBase,
  directory: string,
  say: (line: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ name: string; state: string; file: string }>(
    `select name, state, file from read.tables
     where state in ('live', 'demoted') and to_regclass(format('read.%I', name)) is null
     order by release, name`,
  )
  if (rows.length === 0) return
  const files = (await installedReleases(client, directory)).flatMap((release) => release.files)
  const tables = rows.flatMap(({ name, state }) => (state === 'live' ? [name] : []))
  const views = rows.flatMap(({ file, state }) =>
    files.filter(({ path, kind }) => state === 'demoted' && kind === 'view' && path === file),
  )
  if (tables.length > 0) {
    await withShadow(client, say, () => restoreTables(client, tables, files, say))
  }
  const restoreViews = async () => {
    await client.query('set local search_path = read, log, pg_temp')
    await runReleaseFiles(client, views)
    return { statements: [] }
  }
  await shortTransaction(client, restoreViews, { say })
  for (const table of tables) await validateReferences(client, table, say)
  for (const { name } of rows) say(`${name} was dropped by hand; restored it from the log`)
}

async function restoreTables(
  client: ClientBase,
  tables: readonly string[],
  files: readonly ReleaseFile[],
  say: (line: string) => void,
): Promise<void> {
  const shadows = await transaction(client, async () => {
    await client.query('set local search_path = shadow, read, log, pg_temp')
    const made = await createNewShadows(
      client,
      tables,
      files.filter(({ kind }) => kind !== 'view'),
    )
    await client.query(`call engine.make_replays($1, 'shadow')`, [made])
    return made
  })
  const position = await catchUp(client, shadows)
  const replace = async () => {
    const statements = [replayTailQuery(client, shadows, position)]
    for (const table of shadows) {
      if (tables.includes(table)) statements.push(...(await moveToRead(client, table)))
    }
    const referred = shadows.filter((table) => !tables.includes(table))
    return {
      tables: referred.map((table) => `read.${client.escapeIdentifier(table)}`),
      underAppendLock: true,
      statements,
    }
  }
  await shortTransaction(client, replace, { say })
}

/**
 * The statements that put a shadow in the place of its table. Its foreign keys then lead to the tables of
 * schema `read`.
 */
async function moveToRead(client: ClientBase, table: string): Promise<string[]> {
  const shadow = `shadow.${client.escapeIdentifier(table)}`
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where conrelid = $1::regclass and contype = 'f' and confrelid <> conrelid`,
    [shadow],
  )
  const live = `read.${client.escapeIdentifier(table)}`
  return [
    `alter table ${shadow} set schema read`,
    ...rows.map(({ name, definition }) => {
      const toRead = definition.replace(/REFERENCES shadow\./, 'REFERENCES read.')
      // Its rows satisfy it, as those of the shadow did; to read them again would make writers wait.
      return `alter table ${live} drop constraint ${name}, add constraint ${name} ${toRead} not valid`
    }),
  ]
}

/** Marks the foreign keys of a restored table as valid. Reads its rows, and blocks no writer. */
async function validateReferences(
  client: ClientBase,
  table: string,
  say: (line: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('alter table %s validate constraint %I', conrelid::regclass, conname) as statement
     from pg_constraint
     where conrelid = to_regclass(format('read.%I', $1::text)) and not convalidated`,
    [table],
  )
  const tables = [`read.${client.escapeIdentifier(table)}`]
  for (const { statement } of rows) {
    await shortTransaction(client, async () => ({ tables, statements: [statement] }), { say })
  }
}
