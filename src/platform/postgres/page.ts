/**
 * Pages of rows: the parameters of a query for a page, and queries that return pages in both orders. The
 * parameters of an HTTP request are handled by `http/conventions/pages.ts`.
 */

import { type AliasableExpression, type Compilable, type RawBuilder, sql } from 'kysely'
import { type Param, type Prepared, prepare, type Queryable } from './prepared.ts'
import { currentSnapshot } from './snapshot.ts'

export type Order = 'asc' | 'desc'

/** A direction through a list: its order, and how a row compares with the key it lies beyond. */
export interface Direction {
  readonly order: Order
  readonly beyond: '>' | '<'
}

/** The request for the rows that follow a key in an order. */
export interface PageRequest<Key> {
  /** The key before the page; absent for the first page. */
  readonly key?: Key
  readonly order: Order
  /** How many rows to fetch: one more than the page shows, which reveals whether a next page exists. */
  readonly fetch: number
}

/**
 * How many bytes of text the rows of a page may have. A client that reads nothing costs about a page for each
 * of its responses; a hundred messages of ordinary length have a tenth of this.
 */
export const pageBytes = 256 * 1024

/** The parameters of a query for a page of a user's own rows. */
export interface OwnPage {
  readonly userId: string
  readonly key: string
  readonly fetch: number
}

/** A query for pages, prepared for each order as `<name>.<order>`. */
export function inBothOrders<Params extends object, Row>(
  name: string,
  build: (param: Param<Params>, direction: Direction) => Compilable<Row>,
): Record<Order, Prepared<Params, Row>> {
  const inOrder = (order: Order, beyond: Direction['beyond']) =>
    prepare(`${name}.${order}`, (param: Param<Params>) => build(param, { order, beyond }))
  return { desc: inOrder('desc', '<'), asc: inOrder('asc', '>') }
}

/** A row with a long text. Nothing but its deletion leaves it without content; `id` is null where no row is. */
interface LongRow {
  readonly id: string | null
  readonly content: string | null
  readonly deletedAt: string | null
}

/** A page's query in two forms. `short` selects `shortContent`, `bounded` reads from `withinPageBytes`. */
export interface LongPage<Params, Row> {
  readonly short: Prepared<Params, Row>
  readonly bounded: Prepared<Params, Row>
}

/**
 * The rows of a page, from one statement that sends little more than `pageBytes` of content. The bounded query
 * costs the database a fifth more, so it runs only where the short one had to leave out a content.
 */
export async function boundedPage<Params, Row extends LongRow>(
  { short, bounded }: LongPage<Params, Row>,
  on: Queryable,
  params: Params,
): Promise<Row[]> {
  const rows = await short.all(on, params)
  if (!rows.some(lacksContent)) return rows
  currentSnapshot()?.restart()
  return bounded.all(on, params)
}

function lacksContent({ id, content, deletedAt }: LongRow): boolean {
  return content === null && deletedAt === null && id !== null
}

/** The content, or null where `fetch` contents of this length would exceed `pageBytes`. */
export function shortContent(fetch: number): RawBuilder<string | null> {
  return sql`case when octet_length(content) * ${fetch} <= ${sql.lit(pageBytes)} then content end`
}

/**
 * The first rows of a selection by position: as many as hold `pageBytes` of content, and the row that passes
 * this bound, from which the reader learns that there are more. `octet_length` reads no content.
 */
export function withinPageBytes<Row extends { content: string | null; position: string }>(
  selection: AliasableExpression<Row>,
  order: Order,
) {
  return sql<Row>`(
    select * from (
      select *, coalesce(sum(octet_length(content)) over (
        order by position ${sql.raw(order)} rows between unbounded preceding and 1 preceding), 0)
        as bytes_before
      from ${selection} as selected) as counted
    where bytes_before < ${sql.lit(pageBytes)})`
}
