/**
 * A page of rows, as a query is asked for it, and queries that can be asked for pages in both orders. Who
 * asked, and in which words, is the affair of others (`http/pages.ts`).
 */

import type { Compilable } from 'kysely'
import { type Param, type Prepared, prepare } from './prepared.ts'

export type Order = 'asc' | 'desc'

/** One way through a list: how it is ordered, and how a row compares with the key it lies beyond. */
export interface Way {
  readonly order: Order
  readonly beyond: '>' | '<'
}

/** The rows that follow a key, in one order or the other. */
export interface PageRequest<Key> {
  /** The key the page begins beyond; absent for the first page. */
  readonly key?: Key
  readonly order: Order
  /** How many rows to fetch: one more than are shown, to know whether there is a further page. */
  readonly fetch: number
}

/** What a query for a page of something of a user's is given: whose, beyond which key, how many rows. */
export interface OwnPage {
  readonly userId: string
  readonly key: string
  readonly fetch: number
}

/** A query for pages, prepared for each order as `<name>.<order>`. */
export function inBothOrders<Params extends object, Row>(
  name: string,
  build: (param: Param<Params>, way: Way) => Compilable<Row>,
): Record<Order, Prepared<Params, Row>> {
  const going = (order: Order, beyond: Way['beyond']) =>
    prepare(`${name}.${order}`, (param: Param<Params>) => build(param, { order, beyond }))
  return { desc: going('desc', '<'), asc: going('asc', '>') }
}
