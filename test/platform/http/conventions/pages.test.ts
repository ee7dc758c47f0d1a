import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import {
  type PagedList,
  pageQuery,
  pageRequest,
  positionKey,
  toPage,
} from '../../../../src/platform/http/conventions/pages.ts'
import { type Order, pageBytes } from '../../../../src/platform/postgres/page.ts'

interface Row {
  readonly position: string
}

/** A query for a page request, in memory. */
function select(
  rows: readonly Row[],
  { key, order, fetch }: ReturnType<typeof pageRequest<string>>,
) {
  const sign = order === 'asc' ? 1 : -1
  return rows
    .filter(({ position }) => key === undefined || follows(position, key, order))
    .toSorted((a, b) => sign * Number(BigInt(a.position) - BigInt(b.position)))
    .slice(0, fetch)
}

function follows(position: string, key: string, order: Order): boolean {
  return order === 'asc' ? BigInt(position) > BigInt(key) : BigInt(position) < BigInt(key)
}

function listOf(order: Order): PagedList<string> {
  return { kind: 'things', key: positionKey, order }
}

/** One page, as a route makes it. */
function read(rows: readonly Row[], list: PagedList<string>, query: Record<string, unknown>) {
  const request = pageRequest(list, pageQuery(list, {}).parse(query))
  return toPage(
    list,
    request,
    select(rows, request),
    (row) => row.position,
    (row) => row.position,
  )
}

/** The items of all pages from a cursor on, always with the same parameter. */
function walk(
  rows: readonly Row[],
  list: PagedList<string>,
  limit: string,
  [parameter, from]: ['before' | 'after', string?],
): string[] {
  const items: string[] = []
  let cursor = from
  for (let pages = 0; pages <= rows.length; pages += 1) {
    const page = read(rows, list, { limit, ...(cursor && { [parameter]: cursor }) })
    items.push(...page.items)
    if (!page.nextCursor) return items
    cursor = page.nextCursor
  }
  throw new Error('the pages have no end')
}

const rowsOf = fc
  .uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), { maxLength: 12 })
  .map((positions) => positions.map((position): Row => ({ position: String(position) })))
const orders = fc.constantFrom<Order>('asc', 'desc')
const limits = fc.integer({ min: 1, max: 5 }).map(String)

t.test('The cursors lead to every row once, in the order of the list', (t) => {
  fc.assert(
    fc.property(rowsOf, orders, limits, (rows, order, limit) => {
      const whole = select(rows, { order, fetch: rows.length })
      t.same(
        walk(rows, listOf(order), limit, ['before']),
        whole.map(({ position }) => position),
      )
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('`after` leads from its cursor back to the start in the opposite order', (t) => {
  fc.assert(
    fc.property(rowsOf, orders, limits, (rows, order, limit) => {
      const list = listOf(order)
      const first = read(rows, list, { limit })
      if (!first.nextCursor) return
      const back = walk(rows, list, limit, ['after', first.nextCursor])
      t.same(back, first.items.slice(0, -1).reverse())
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('A last page that is exactly full has no nextCursor', (t) => {
  const rows = [{ position: '1' }, { position: '2' }]
  t.same(read(rows, listOf('desc'), { limit: '2' }), { items: ['2', '1'] })
  t.end()
})

t.test('A page ends before its JSON exceeds the bound, and the next page continues there', (t) => {
  const rowOf = (position: number, content: string) => ({ position: String(position), content })
  const long = '\u0001'.repeat(10_000) // 60 kB in JSON
  const rows = Array.from({ length: 10 }, (_, n) => rowOf(n + 1, long))
  for (const limit of ['5', '50']) {
    t.same(read(rows, listOf('asc'), { limit }).items, ['1', '2', '3', '4'])
  }
  t.same(
    walk(rows, listOf('desc'), '3', ['before']),
    rows.map(({ position }) => position).reverse(),
  )
  const huge = [rowOf(1, 'x'.repeat(pageBytes)), rowOf(2, ''), rowOf(3, '')]
  t.same(read(huge, listOf('asc'), {}).items, ['1'], 'a page has at least one item')
  t.same(walk(huge, listOf('asc'), '100', ['before']), ['1', '2', '3'])
  t.end()
})

const invalidParameters = (query: Record<string, unknown>) =>
  pageQuery(listOf('desc'), {})
    .safeParse(query)
    .error?.issues.map(({ path }) => String(path[0]))

t.test('A cursor that this list did not issue is rejected', (t) => {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const good = encode('things:17')
  t.equal(invalidParameters({ before: good }), undefined)
  const forged = [
    encode('users:17'),
    encode('things:017'),
    encode('things:-1'),
    encode('things:9223372036854775808'),
    encode('things:17:'),
    encode('things:'),
    'things:17',
    `${good}=`,
    `${good} `,
    '',
    '%',
  ]
  for (const cursor of forged) t.same(invalidParameters({ before: cursor }), ['before'], cursor)
  t.end()
})

t.test('The limit is a whole number from 1 to 100, and 50 by default', (t) => {
  t.equal(pageQuery(listOf('desc'), {}).parse({}).limit, 50)
  t.equal(pageQuery(listOf('desc'), {}).parse({ limit: '100' }).limit, 100)
  for (const limit of ['0', '101', '1.5', '1e1', '0x10', ' 5', '', '-1', 'ten']) {
    t.same(invalidParameters({ limit }), ['limit'], limit)
  }
  t.end()
})

t.test('A page query rejects before with after, and unknown parameters', (t) => {
  const cursor = Buffer.from('things:17').toString('base64url')
  t.same(invalidParameters({ before: cursor, after: cursor }), ['after'])
  const result = pageQuery(listOf('desc'), { box: z.string().optional() }).safeParse({ bax: '1' })
  t.match(result.error?.issues, [{ code: 'unrecognized_keys', keys: ['bax'] }])
  t.end()
})
