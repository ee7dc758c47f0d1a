/**
 * Pages of rows: the parameters of a query for a page, and queries that return pages in both orders. The
 * parameters of an HTTP request are handled by `http/conventions/pages.ts`.
 */

import type { Compilable } from 'kysely'
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
