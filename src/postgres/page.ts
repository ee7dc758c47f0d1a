/**
 * A page of rows, as a query is asked for it. Who asked, and in which words, is the affair of others
 * (`http/pages.ts`).
 */

export type Order = 'asc' | 'desc'

/** The rows that follow a key, in one order or the other. */
export interface PageRequest<Key> {
  /** The key the page begins beyond; absent for the first page. */
  readonly key?: Key
  readonly order: Order
  /** How many rows to fetch: one more than are shown, to know whether there is a further page. */
  readonly fetch: number
}
