/**
 * Mend: exchanges the rows of a live read table that were noted as differing for its shadow's.
 *
 * In chunks, each a short transaction under the append lock, where table and shadow are at one
 * position: after each of them every row is either as it was or right, and none is ever gone that
 * should be there. Rows that hold each other's unique values go together.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { catchUp, replayTail } from '../replay/shadow.ts'
import { shortTransaction } from '../transactions.ts'
import { isIndivisible, mendQuery } from './replace-rows-query.ts'

/** Rows a chunk has, at least; writers wait some 10 ms for it. With 100 all took twice as long. */
const chunkSize = 250

const kinds = ['extra', 'missing', 'different']

interface Replacement {
  readonly client: ClientBase
  readonly table: string
  readonly shadows: readonly string[]
  readonly query: string
  /** Where the shadows are. */
  position: string
  replaced: number
  /** What a reference refused, the first of it. */
  refusal?: DatabaseError
}

/**
 * Mends what `shadow.differing` notes; answers how many rows still differed, and the position the
 * shadows are at. Throws MaintenanceError where references forbid some of it, after all else is replaced.
 */
export async function replaceRows(
  client: ClientBase,
  table: string,
  shadows: readonly string[],
  position: string,
): Promise<{ replaced: number; position: string }> {
  const query = await mendQuery(client, table)
  const replacement: Replacement = { client, table, shadows, query, position, replaced: 0 }
  const { rows } = await client.query('select count(*)::int as found from shadow.differing')
  const size = (await isIndivisible(client, table)) ? rows[0].found : chunkSize
  for (let after = 0; after < rows[0].found; after += size) {
    await replaceChunk(replacement, after, after + size)
  }
  if (replacement.refusal) throw await explain(replacement, replacement.refusal)
  return replacement
}

/**
 * A reference that refuses may be that of a single row. What is extra and what is not are tried each
 * without the other, or two tables that each lack what the other must get rid of would never be replaced.
 */
async function replaceChunk(replacement: Replacement, after: number, upto: number): Promise<void> {
  if (!(await exchange(replacement, after, upto, kinds))) return
  for (const some of [['extra'], ['missing', 'different']]) {
    const refusal = await exchange(replacement, after, upto, some)
    replacement.refusal ??= refusal
  }
}

/** Exchanges one chunk, or leaves it as it is and answers the error by which a reference refused. */
async function exchange(
  replacement: Replacement,
  after: number,
  upto: number,
  kinds: readonly string[],
): Promise<DatabaseError | undefined> {
  const { client, shadows, query } = replacement
  replacement.position = await catchUp(client, shadows, replacement.position)
  try {
    const { position, replaced } = await shortTransaction(client, async () => {
      // Whoever waits for his turn holds up nobody; but nobody who has it waits for a stranger's row.
      await client.query(
        `set local lock_timeout = 0; select log.take_append_lock(); set local lock_timeout = '50ms'`,
      )
      const position = await replayTail(client, shadows, replacement.position)
      const { rows } = await client.query(query, [after, upto, kinds])
      return { position, replaced: rows[0].replaced }
    })
    replacement.position = position
    replacement.replaced += replaced
  } catch (error) {
    // foreign_key_violation
    if (error instanceof DatabaseError && error.code === '23503') return error
    throw error
  }
}

async function explain(
  { client, table, replaced }: Replacement,
  refusal: DatabaseError,
): Promise<Error> {
  const { rows } = await client.query<{ other: string; ours: boolean }>(
    `select coalesce(t.name, format('%s.%I', c.relnamespace::regnamespace, c.relname)) as other,
       t.name is not null as ours
     from pg_constraint k
     join pg_class c on c.oid = case k.conrelid
       when to_regclass(format('read.%I', $4::text)) then k.confrelid else k.conrelid end
     left join read.tables t on c.oid = to_regclass(format('read.%I', t.name))
     where k.conname = $1 and k.conrelid = to_regclass(format('%I.%I', $2::text, $3::text))`,
    [refusal.constraint, refusal.schema, refusal.table, table],
  )
  const { other, ours } = rows[0] ?? {}
  const why = `${refusal.detail} (${refusal.constraint})`
  return new MaintenanceError(
    ours
      ? `${replaced} rows of ${table} were replaced, and others cannot be before ${other} is: ` +
          `${why}; rebuild ${other} first, and then ${table} again`
      : `${replaced} rows of ${table} were replaced, and others cannot be while ${other}, which is no read ` +
          `table, refers to them: ${why}; take its rows or the reference away, and rebuild ${table} again`,
  )
}
