/**
 * The statement that replaces a chunk of rows, made from the columns, the primary key and the unique
 * indexes of a read table. Its cost depends on the rows it replaces, not on the size of the table.
 */

import type { ClientBase } from 'pg'
import { keyColumns } from '../primary-keys.ts'

/** Makes the statement for a range of `shadow.differing` (after, upto) and the kinds to replace. */
export type ReplaceRows = (after: number, upto: number, kinds: readonly string[]) => string

/**
 * The statement returns how many rows it replaced, as `replaced`. Its caller must hold the append lock, and
 * the shadow must be at the head of the log.
 *
 * One statement deletes all rows before it inserts any. So rows that have swapped unique values do not
 * conflict, and references to a row are checked when the row exists again. Look-ups are fenced with
 * `offset 0` and rows are found by ctid, because the planner could turn a join into a scan of the table.
 */
export async function replaceRowsQuery(client: ClientBase, table: string): Promise<ReplaceRows> {
  const name = client.escapeIdentifier(table)
  const keys = await keyColumns(client, table)
  const columns = await writtenColumns(client, table)
  const list = (of: string) => `(${keys.map((key) => `${of}.${key}`).join(', ')})`
  const byKey = (schema: string, what: string) => `lateral (
      select ${what} from ${schema}.${name} r where ${list('r')} = ${list('chunk')} offset 0)`
  const holders = valueHolders(await uniqueIndexes(client, table), name, keys.join(', '), byKey)
  return (after, upto, kinds) => `
    with recursive chunk as (
      select ${keys.join(', ')} from shadow.differing
      where n > ${after} and n <= ${upto} and kind = any ('{${kinds.join()}}')
      ${holders}
    ), wrong as materialized (
      select live.ctid as here, shadow.ctid as there
      from chunk
      left join ${byKey('read', 'r.ctid, row(r.*) as whole')} live on true
      left join ${byKey('shadow', 'r.ctid, row(r.*) as whole')} shadow on true
      where live.whole is distinct from shadow.whole
    ), gone as (
      delete from read.${name} where ctid = any (array(select here from wrong)) returning 1
    ), made as (
      insert into read.${name} (${columns})
      select ${columns} from shadow.${name}
      where ctid = any (array(select there from wrong)) and (select count(*) from gone) >= 0
    )
    select count(*)::int as replaced from wrong`
}

/**
 * Extends the chunk by rows that hold a unique value which the shadow gives to a row of the chunk; then by
 * rows that hold a value of those, and so on. Empty where only the primary key is unique.
 */
function valueHolders(
  indexes: readonly UniqueIndex[],
  name: string,
  keys: string,
  byKey: (schema: string, what: string) => string,
): string {
  if (indexes.length === 0) return ''
  const wanted = indexes.flatMap(({ values, predicate }, i) => [
    ...values.map((value, n) => `${value} as value_${i}_${n}`),
    `(${predicate}) as covers_${i}`,
  ])
  const holding = indexes.map(({ values, predicate, nullsEqual }, i) => {
    const equal = values.map((value, n) => {
      const same = `${value} = wanted.value_${i}_${n}`
      return nullsEqual
        ? `(${same} or (${value} is null and wanted.value_${i}_${n} is null))`
        : same
    })
    const where = [`(${predicate})`, `wanted.covers_${i}`, ...equal].join(' and ')
    return `(select ${keys} from read.${name} where ${where} offset 0)`
  })
  return `
      union
      select holding.* from chunk
      cross join ${byKey('shadow', wanted.join(', '))} wanted
      cross join lateral (${holding.join(' union all ')}) holding`
}

interface UniqueIndex {
  /** Columns and expressions of the index, as SQL. */
  readonly values: readonly string[]
  readonly predicate: string
  readonly nullsEqual: boolean
}

/** The unique indexes of a live read table, except that of its primary key. */
async function uniqueIndexes(client: ClientBase, table: string): Promise<UniqueIndex[]> {
  const { rows } = await client.query<UniqueIndex>(
    `select array_agg(pg_get_indexdef(i.indexrelid, n, true)
         || coalesce(' collate ' || nullif(i.indcollation[n - 1], 0)::regcollation, '')
         order by n) as values,
       coalesce(pg_get_expr(i.indpred, i.indrelid), 'true') as predicate,
       i.indnullsnotdistinct as "nullsEqual"
     from pg_index i cross join generate_series(1, i.indnkeyatts) n
     where i.indrelid = to_regclass(format('read.%I', $1::text))
       and i.indisunique and not i.indisprimary
     group by i.indexrelid, i.indpred, i.indrelid, i.indnullsnotdistinct
     order by i.indexrelid`,
    [table],
  )
  return rows
}

/** The columns that an insert sets: all that are not generated from others. */
async function writtenColumns(client: ClientBase, table: string): Promise<string> {
  const { rows } = await client.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns
     from pg_attribute
     where attrelid = to_regclass(format('read.%I', $1::text))
       and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  )
  return rows[0]?.columns ?? ''
}

/**
 * Whether all rows of a table must be replaced at once: its rows refer to each other, or an exclusion
 * constraint compares them by more than equality.
 */
export async function isIndivisible(client: ClientBase, table: string): Promise<boolean> {
  const { rows } = await client.query<{ indivisible: boolean }>(
    `select exists (
       select from pg_constraint
       where conrelid = to_regclass(format('read.%I', $1::text))
         and (confrelid = conrelid or contype = 'x')) as indivisible`,
    [table],
  )
  return rows[0]?.indivisible ?? false
}
