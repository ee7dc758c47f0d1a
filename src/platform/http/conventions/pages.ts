/**
 * Keyset pagination: each page of a list begins where the previous one ended.
 *
 * A cursor is opaque to clients and contains the name of its list. `before` continues in the list's
 * order, `after` in the opposite order. New items never shift a page, and every page costs the same,
 * however far back it is. The feature's query selects the rows and their key. A page ends early before
 * its JSON has more than about `pageBytes`.
 */

import { z } from 'zod'
import { type Order, type PageRequest, pageBytes } from '../../postgres/page.ts'
import { type Fault, issueOf } from '../problems/field-faults.ts'
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

/** How many items a page can have. */
export const pageLimits = { default: 50, max: 100 } as const

const pageLimit = wholeNumber(1, pageLimits.max).default(pageLimits.default).meta({
  description:
    'The maximum number of items on a page. A page of long items has fewer: it ends at about 256 KiB',
})

/** The fault of a parameter that excludes another one. */
export function conflictsWith(other: string): Fault {
  const message = `cannot be combined with ${other}`
  return { code: 'conflicting', params: { with: other }, message }
}

/** The query parameters of a list: paging and the list's own `filters`. */
export function pageQuery<Key, Filters extends z.ZodRawShape>(
  list: PagedList<Key>,
  filters: Filters,
) {
  const cursor = cursorOf(list).optional()
  const paging = {
    before: cursor.meta({ description: "The previous page's `nextCursor`: get the next page" }),
    after: cursor.meta({ description: 'A `nextCursor`: read on in the opposite order' }),
    limit: pageLimit,
  }
  return z.strictObject({ ...filters, ...paging }).superRefine((query, context) => {
    const { before, after } = query as unknown as PageQuery<Key>
    if (before !== undefined && after !== undefined) {
      context.addIssue(issueOf(conflictsWith('before'), 'after'))
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
  const shown = fitting(rows.slice(0, request.fetch - 1))
  const last = shown.at(-1)
  const end = last && rows.length > shown.length ? keyOf(last) : lookedUpTo
  return {
    items: shown.map(toItem),
    ...(end !== undefined && { nextCursor: toCursor(list, end) }),
  }
}

/**
 * The cursor that, as `after`, gets what is newer than everything on a page, for lists in the order of the log. A
 * list that has no item yet gets the log's first position, which belongs to no item of any list.
 */
export function newestCursor<Row>(
  list: PagedList<string>,
  { key = '1', order }: PageRequest<string>,
  shown: readonly Row[],
  keyOf: (row: Row) => string,
): string {
  const newest = shown.at(order === 'desc' ? 0 : -1)
  return toCursor(list, newest === undefined ? key : keyOf(newest))
}

/** The first rows that fit a page in bytes of JSON, and at least one. */
function fitting<Row>(rows: readonly Row[]): readonly Row[] {
  // Nearly all pages fit even if every character were a control character.
  if (6 * characters(rows) <= pageBytes) return rows
  let bytes = 0
  const end = rows.findIndex((row, n) => {
    bytes += jsonBytes(row)
    return n > 0 && bytes > pageBytes
  })
  return end < 0 ? rows : rows.slice(0, end)
}

/**
 * UTF-16 code units of all strings. A code unit has at most six bytes in JSON. Lists of the values would take three times
 * as long.
 */
function characters(rows: readonly unknown[]): number {
  let length = 0
  for (const row of rows as readonly Record<string, unknown>[]) {
    for (const name in row) {
      const value = row[name]
      if (typeof value === 'string') length += value.length
    }
  }
  return length
}

/** About the bytes of a row in JSON, in which a control character has six. */
function jsonBytes(row: unknown): number {
  let bytes = 0
  for (const value of Object.values(row as object)) {
    if (typeof value !== 'string') continue
    bytes += value.length < 100 ? value.length : Buffer.byteLength(JSON.stringify(value))
  }
  return bytes
}

/** The response of a list, for its `schema.response`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page' }),
  })
}

/** A whole number in a query string, from `min` to `max`. */
export function wholeNumber(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`
  return z.preprocess(toNumber, z.int(message).min(min, message).max(max, message))
}

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^[0-9]{1,3}$/.test(value) ? Number(value) : value
}

function opposite(order: Order): Order {
  return order === 'asc' ? 'desc' : 'asc'
}

function toCursor<Key>(list: PagedList<Key>, key: Key): string {
  return Buffer.from(`${list.kind}:${key}`).toString('base64url')
}

const notACursor: Fault = {
  code: 'invalid_format',
  params: { format: 'cursor' },
  message: 'expected a nextCursor from this list',
}

/** Parses a cursor of this list to its key. Rejects anything else, also another list's cursor. */
function cursorOf<Key>(list: PagedList<Key>): z.ZodType<Key, string> {
  return text({ max: 500 }).transform((cursor, context) => {
    const [kind, ...rest] = Buffer.from(cursor, 'base64url').toString().split(':')
    const key = list.key.safeParse(rest.join(':'))
    if (kind === list.kind && key.success && toCursor(list, key.data) === cursor) return key.data
    context.addIssue(issueOf(notACursor))
    return z.NEVER
  })
}
