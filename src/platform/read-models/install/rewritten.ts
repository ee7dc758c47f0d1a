/**
 * Rewritten tables: read tables whose history was refused, so that their files were changed, start over.
 *
 * First each loses its references, in a short transaction. The tables themselves go in the transaction that
 * declares them again.
 */

import type { ClientBase } from 'pg'
import type { Release } from '../releases/releases.ts'
import { dropStatements, lockedByDrop } from '../retire/drop-read-table.ts'
import { lockOutVacuum, shortTransaction } from '../transactions.ts'

export interface Rewritten {
  readonly name: string
  readonly file: string
  /** The rewritten table that it refers to; null where its own file was rewritten. */
  readonly because: string | null
}

/**
 * The tables whose build must start over, referring ones first: tables that could not be built and whose
 * files were rewritten since, and the building tables that refer to them.
 */
export async function findRewritten(
  client: ClientBase,
  wanted: readonly Release[],
): Promise<Rewritten[]> {
  const files = wanted.flatMap((release) => release.files)
  const { rows } = await client.query<Rewritten>(
    `with recursive rewritten as (
       select t.name, null as because
       from read.tables t join unnest($1::text[], $2::text[]) now (file, sha256) using (file)
       where t.state = 'building' and t.sha256 <> now.sha256
       union
       select t.name, rewritten.name
       from rewritten
       join read.tables t on t.state = 'building'
       join engine.read_references() r on r.name = t.name and r.referred = rewritten.name
     )
     select name, file, (array_agg(because order by because nulls first))[1] as because
     from rewritten join read.tables using (name) join engine.ranks() using (name)
     group by name, file, rank
     order by rank desc, name`,
    [files.map(({ path }) => path), files.map((file) => file.sha256)],
  )
  return rows
}

/** Drops the references of a table whose build must start over. The table goes later. */
export async function startOver(
  client: ClientBase,
  { name, file, because }: Rewritten,
  say: (line: string) => void,
): Promise<void> {
  say(
    because
      ? `${name} refers to ${because}, so its build starts over, too`
      : `db/releases/${file} was rewritten after ${name} could not be built; its build starts over`,
  )
  await dropReferences(client, name, say)
}

/**
 * Dropping a reference locks the table it points to until the commit. So it happens first, in a short
 * transaction of its own. Clearing the checksum makes sure that the build can only start over.
 */
async function dropReferences(
  client: ClientBase,
  table: string,
  say: (line: string) => void,
): Promise<void> {
  const prepare = async () => {
    const { rows } = await client.query<{ statement: string }>(
      `select format('alter table read.%I %s', $1::text,
         string_agg(format('drop constraint %I', conname), ', ')) as statement
       from pg_constraint
       where conrelid = to_regclass(format('read.%I', $1::text)) and contype = 'f'
       having count(*) > 0`,
      [table],
    )
    return {
      tables: await lockedByDrop(client, [table]),
      statements: [
        `update read.tables set sha256 = '' where name = ${client.escapeLiteral(table)}`,
        ...rows.map(({ statement }) => statement),
      ],
    }
  }
  await shortTransaction(client, prepare, { say })
}

/** Drops tables whose build starts over: no session uses them, but a vacuum may be at work on one. */
export async function dropRewritten(
  client: ClientBase,
  rewritten: readonly Rewritten[],
): Promise<void> {
  const names = rewritten.map(({ name }) => name)
  await lockOutVacuum(client, await lockedByDrop(client, names))
  for (const name of names) {
    for (const statement of await dropStatements(client, name)) await client.query(statement)
  }
}
