/**
 * Keyset pages: a list is read in pieces, each beginning where the last one ended.
 *
 * A cursor is opaque to callers, names its list, and goes back into the parameter that was used.
 * `before` continues in the list's own order, `after` runs the other way. What is inserted meanwhile
 * never shifts a page, and a page costs the same however far back it lies. Which rows there are, and
 * by which key they are ordered, is the feature's query.
 */

import { z } from 'zod'
import type { Order, PageRequest } from '../../postgres/page.ts'
import { text } from '../strings.ts'

/** A list that is read in pages: its cursors name it, its key orders it. */
export interface PagedList<Key> {
  readonly kind: string
  /** Reads and checks the key of a cursor. */
  readonly key: z.ZodType<Key, string>
  /** The order in which the list is read when nobody asks for another. */
  readonly order: Order
}

/** A page as it is answered; without `nextCursor` it is the last one. */
export interface Page<Item> {
  readonly items: Item[]
  readonly nextCursor?: string
}

interface PageQuery<Key> {
  readonly before?: Key | undefined
  readonly after?: Key | undefined
  readonly limit: number
}

/** A position of the log as a key: a decimal string that fits PostgreSQL's bigint. */
export const positionKey = z
  .string()
  .refine((key) => /^[1-9][0-9]{0,18}$/.test(key) && BigInt(key) <= 9_223_372_036_854_775_807n)

/** The query parameters of a list, with those of its own in `filters`. */
export function pageQuery<Key, Filters extends z.ZodRawShape>(
  list: PagedList<Key>,
  filters: Filters,
) {
  const cursor = cursorOf(list).optional()
  const paging = {
    before: cursor.meta({ description: `A \`nextCursor\`: continue in the list's own order` }),
    after: cursor.meta({ description: 'A `nextCursor`: continue in the opposite order' }),
    limit: z
      .preprocess(toNumber, z.int(limits).min(1, limits).max(100, limits))
      .default(50)
      .meta({ description: 'The greatest number of items on the page; 50 when absent' }),
  }
  return z.strictObject({ ...filters, ...paging }).superRefine((query, context) => {
    const { before, after } = query as unknown as PageQuery<Key>
    if (before !== undefined && after !== undefined) {
      context.addIssue({ code: 'custom', path: ['after'], message: 'not together with before' })
    }
  })
}

/** What the query has to fetch for a page. */
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
 * Makes a page of the rows that were fetched for it. Where they are fewer only because whoever fetched them
 * stopped looking, `lookedUpTo` is the key he stopped at.
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

/** The answer of a list, for its `schema.response`. */
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

/** A cursor of this list becomes its key; anything else, another list's cursor too, is refused. */
function cursorOf<Key>(list: PagedList<Key>): z.ZodType<Key, string> {
  return text({ max: 500 }).transform((cursor, context) => {
    const [kind, ...rest] = Buffer.from(cursor, 'base64url').toString().split(':')
    const key = list.key.safeParse(rest.join(':'))
    if (kind === list.kind && key.success && toCursor(list, key.data) === cursor) return key.data
    context.addIssue({ code: 'custom', message: 'expected a nextCursor of this list' })
    return z.NEVER
  })
}
