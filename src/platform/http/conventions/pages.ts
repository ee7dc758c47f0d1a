/**
 * Keyset pagination: each page of a list begins where the previous one ended.
 *
 * A cursor is opaque to clients and contains the name of its list. `before` continues in the list's
 * order, `after` in the opposite order. New items never shift a page, and every page costs the same,
 * however far back it is. The feature's query selects the rows and their key.
 */

import { z } from 'zod'
import type { Order, PageRequest } from '../../postgres/page.ts'
import { text } from '../strings.ts'

/** A list that is read in pages. Its cursors contain `kind`; its items are ordered by `key`. */
export interface PagedList<Key> {
  readonly kind: string
  /** Parses the key in a cursor. */
  readonly key: z.ZodType<Key, string>
  /** The default order. */
  readonly order: Order
}

/** A page of a response; the last one has no `nextCursor`. */
export interface Page<Item> {
  readonly items: Item[]
  readonly nextCursor?: string
}

interface PageQuery<Key> {
  readonly before?: Key | undefined
  readonly after?: Key | undefined
  readonly limit: number
}

/** A log position as a key: a decimal string that fits PostgreSQL's bigint. */
export const positionKey = z
  .string()
  .refine((key) => /^[1-9][0-9]{0,18}$/.test(key) && BigInt(key) <= 9_223_372_036_854_775_807n)

/** The query parameters of a list: paging and the list's own `filters`. */
export function pageQuery<Key, Filters extends z.ZodRawShape>(
  list: PagedList<Key>,
  filters: Filters,
) {
  const cursor = cursorOf(list).optional()
  const paging = {
    before: cursor.meta({ description: "The previous page's `nextCursor`: get the next page" }),
    after: cursor.meta({ description: 'A `nextCursor`: read on in the opposite order' }),
    limit: z
      .preprocess(toNumber, z.int(limits).min(1, limits).max(100, limits))
      .default(50)
      .meta({ description: 'The maximum number of items on a page' }),
  }
  return z.strictObject({ ...filters, ...paging }).superRefine((query, context) => {
    const { before, after } = query as unknown as PageQuery<Key>
    if (before !== undefined && after !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['after'],
        message: 'cannot be combined with before',
      })
    }
  })
}

/** The key, order and number of rows to fetch for a page; one more row than it shows. */
export function pageRequest<Key>(list: PagedList<Key>, query: PageQuery<Key>): PageRequest<Key> {
  const order = query.after === undefined ? list.order : opposite(list.order)
  const key = query.before ?? query.after
  return {
    ...(key !== undefined && { key }),
    order,
    fetch: query.limit + 1,
  }
}

/**
 * Makes a page from the fetched rows. If the query stopped early, so that fewer rows do not mean the
 * end of the list, `lookedUpTo` is the key at which it stopped.
 */
export function toPage<Key, Row, Item>(
  list: PagedList<Key>,
  request: PageRequest<Key>,
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  toItem: (row: Row) => Item,
  lookedUpTo?: Key,
): Page<Item> {
  const shown = rows.slice(0, request.fetch - 1)
  const last = shown.at(-1)
  const end = last && rows.length > shown.length ? keyOf(last) : lookedUpTo
  return {
    items: shown.map(toItem),
    ...(end !== undefined && { nextCursor: toCursor(list, end) }),
  }
}

/** The response of a list, for its `schema.response`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page' }),
  })
}

const limits = 'expected a whole number from 1 to 100'

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^[0-9]{1,3}$/.test(value) ? Number(value) : value
}

function opposite(order: Order): Order {
  return order === 'asc' ? 'desc' : 'asc'
}

function toCursor<Key>(list: PagedList<Key>, key: Key): string {
  return Buffer.from(`${list.kind}:${key}`).toString('base64url')
}

/** Parses a cursor of this list to its key. Rejects anything else, also another list's cursor. */
function cursorOf<Key>(list: PagedList<Key>): z.ZodType<Key, string> {
  return text({ max: 500 }).transform((cursor, context) => {
    const [kind, ...rest] = Buffer.from(cursor, 'base64url').toString().split(':')
    const key = list.key.safeParse(rest.join(':'))
    if (kind === list.kind && key.success && toCursor(list, key.data) === cursor) return key.data
    context.addIssue({ code: 'custom', message: 'expected a nextCursor from this list' })
    return z.NEVER
  })
}
