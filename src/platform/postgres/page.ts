/**
 * Pages of rows: the parameters of a query for a page, and queries that return pages in both orders. The
 * parameters of an HTTP request are handled by `http/conventions/pages.ts`.
 */

import { type AliasableExpression, type Compilable, sql } from 'kysely'
import { type Param, type Prepared, prepare } from './prepared.ts'

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
