/**
 * Replaces the rows of a live read table that `shadow.differing` lists with the rows of its shadow.
 *
 * It works in chunks. Each is a short transaction under the append lock, where table and shadow are at one
 * position. After each chunk every row is either unchanged or correct, and no correct row is ever missing.
 * Rows that hold each other's unique values are replaced together.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { agreeing, counted } from '../../counted.ts'
import { MaintenanceError } from '../errors.ts'
import { toViolation } from '../replay/replay.ts'
import { catchUp, replayTailQuery } from '../replay/shadow.ts'
import { shortTransaction } from '../transactions.ts'
import type { Copy } from './kept-copy.ts'
import { isIndivisible, type ReplaceRows, replaceRowsQuery } from './replace-rows-query.ts'
import { unwatched, type Watch } from './watch.ts'

/** Rows in a chunk, at least; writers wait about 10 ms for it. Chunks of 100 took twice as long in all. */
const chunkSize = 250

const kinds = ['extra', 'missing', 'different']

interface Replacement {
  readonly client: ClientBase
  readonly table: string
  readonly shadows: readonly string[]
  readonly query: ReplaceRows
  /** The position of the shadows. */
  position: string
  replaced: number
  /** The first error by which a reference refused a replacement. */
  refusal?: DatabaseError
}

/**
 * Replaces the rows that `shadow.differing` lists. Returns how many rows still differed and were replaced,
 * and the position of the shadows. Throws MaintenanceError where references forbid to replace some rows,
 * after it has replaced all others.
 */
export async function replaceRows(
  client: ClientBase,
  table: string,
  { tables: shadows, position }: Copy,
  watch: Pick<Watch, 'progress'> = unwatched,
): Promise<{ replaced: number; position: string }> {
  const query = await replaceRowsQuery(client, table)
  const replacement: Replacement = { client, table, shadows, query, position, replaced: 0 }
  const { rows } = await client.query('select count(*)::int as found from shadow.differing')
  const size = (await isIndivisible(client, table)) ? rows[0].found : chunkSize
  const { found } = rows[0]
  watch.progress(0, found, 'rows')
  for (let after = 0; after < found; after += size) {
    await replaceChunk(replacement, after, after + size)
    watch.progress(Math.min(found, after + size), found, 'rows')
  }
  if (replacement.refusal) throw await explain(replacement, replacement.refusal)
  return replacement
}

/**
 * A single row can make a reference refuse the whole chunk. So extra rows and all others are then tried
 * separately. Otherwise two damaged tables could block each other: one lacks a row that the other must
 * refer to, and has an extra row that the other still refers to.
 */
async function replaceChunk(replacement: Replacement, after: number, upto: number): Promise<void> {
  if (!(await replaceKinds(replacement, after, upto, kinds))) return
  for (const some of [['extra'], ['missing', 'different']]) {
    const refusal = await replaceKinds(replacement, after, upto, some)
    replacement.refusal ??= refusal
  }
}

/** Replaces one chunk, or changes nothing and returns the error by which a reference refused it. */
async function replaceKinds(
  replacement: Replacement,
  after: number,
  upto: number,
  kinds: readonly string[],
): Promise<DatabaseError | undefined> {
  const { client, shadows, query } = replacement
  replacement.position = await catchUp(client, shadows, replacement.position)
  try {
    const results = await shortTransaction(client, async () => ({
      underAppendLock: true,
      statements: [
        replayTailQuery(client, shadows, replacement.position),
        query(after, upto, kinds),
      ],
    }))
    const [tail, replaced] = results.map(({ rows }) => rows[0])
    replacement.position = tail.position
    replacement.replaced += replaced.replaced
  } catch (error) {
    // foreign_key_violation
    const isRefusal = error instanceof DatabaseError && error.code === '23503'
    if (!isRefusal || toViolation(error) !== error) throw error
    return error
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
  const done = `${counted(replaced, 'row')} of ${table} ${agreeing(replaced, 'was', 'were')} replaced`
  return new MaintenanceError(
    ours
      ? `${done}; others cannot be replaced before ${other} is ` +
          `rebuilt: ${why}. Rebuild ${other} first, then ${table} again`
      : `${done}; others cannot be replaced while ${other}, which is ` +
          `not a read table, refers to them: ${why}. Remove the rows of ${other} or the reference, then ` +
          `rebuild ${table} again`,
  )
}
