// The bounds of a search: how much one request reads, whatever the messages contain, and that its pages
// still lead through all messages.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { QueryConfig } from 'pg'
import t from 'tap'
import { parseQuestion } from '../../../src/features/messages/question.ts'
import { bounds, type SearchResult, searchMessages } from '../../../src/features/messages/search.ts'
import { fold } from '../../../src/features/messages/words.ts'
import type { Order } from '../../../src/platform/postgres/page.ts'
import type { Queryable } from '../../../src/platform/postgres/prepared.ts'
import { openRoutes } from '../../support/http/routes.ts'
import { connect } from '../../support/installed.ts'

const { url, pool, call, arrive } = await openRoutes(t)
const owner = await connect(t, url)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

async function write(from: string, to: string, content: string): Promise<void> {
  const columns = [randomUUID(), from, to, content]
  await owner.query('insert into log.message_sent_3 values ($1, $2, $3, $4)', columns)
}

t.test('Search pages lead through all messages in both orders, whatever the bounds', async (t) => {
  const drawn = fc.sample(fc.tuple(fc.boolean(), fc.nat(30), fc.boolean()), 50)
  const model: string[] = []
  for (const [n, [sent, length, found]] of drawn.entries()) {
    const content = `${found ? 'walrus' : 'seal'} ${'x'.repeat(length)} ${n}`
    await write(sent ? ada.id : bob.id, sent ? bob.id : ada.id, content)
    if (found) model.push(content)
  }
  const messages = fc.integer({ min: 1, max: 60 })
  const bytes = fc.integer({ min: 1, max: 2_000 })
  const limit = fc.integer({ min: 1, max: 10 })
  const orders = fc.constantFrom<Order>('asc', 'desc')
  await fc.assert(
    fc.asyncProperty(messages, bytes, limit, orders, async (messages, bytes, limit, order) => {
      const found: (string | null)[] = []
      let key = order === 'asc' ? '0' : undefined
      do {
        const page = { order, fetch: limit + 1, ...(key !== undefined && { key }) }
        const filter = { userId: ada.id }
        const { rows, searchedUpTo }: SearchResult = await searchMessages(
          pool,
          filter,
          'walrus',
          page,
          {
            messages,
            bytes,
          },
        )
        const visible = rows.slice(0, limit)
        found.push(...visible.map(({ content }) => content))
        key = rows.length > limit ? visible.at(-1)?.position : searchedUpTo
      } while (key !== undefined)
      t.same(found, order === 'asc' ? model : model.toReversed())
    }),
    { numRuns: 100 },
  )
})

t.test('A search at its bound returns a short page and a cursor for both orders', async (t) => {
  const cleo = await arrive('cleo')
  const long = 'An otter. '.repeat(1_000)
  await write(cleo.id, ada.id, 'the first walrus')
  for (let n = 0; n < bounds.bytes / long.length; n += 1) await write(ada.id, cleo.id, long)
  const find = async (q: string, more = '') =>
    (await call(`GET /messages?q=${q}&limit=5${more}`, cleo)).body
  const first = await find('walrus')
  t.same(first.items, [])
  const second = await find('walrus', `&before=${first.nextCursor}`)
  t.match(second, { items: [{ content: 'the first walrus' }], nextCursor: undefined })
  const back = await find('otter', `&after=${first.nextCursor}`)
  t.equal(back.items.length, 5)
  t.same(await find('-otter'), first, 'messages that do not match count toward the bound')
})

t.test('A search reads at most its bounds, whatever the content of the messages', async (t) => {
  const dora = await arrive('dora')
  const marks = ['_', '~', '/', '<!--', '-', '.', '@', '&#', '—']
  const letters = ['é', '\u0301', '\u200b', '٣', '中', '1e', 'm', '😀']
  for (const a of [...marks, ...letters]) {
    for (const b of ['a', '1', ' ', a]) {
      await write(dora.id, ada.id, (a + b).repeat(5_000).slice(0, 10_000))
    }
  }
  const read: number[] = []
  const counting = {
    query: async (query: QueryConfig) => {
      const result = await pool.query(query)
      if (query.name?.startsWith('searchCandidates')) read.push(result.rows.at(-1)?.total ?? 0)
      return result
    },
  } as unknown as Queryable
  let key: string | undefined = '0'
  let searches = 0
  while (key !== undefined) {
    const page = { order: 'asc', fetch: 51, key } as const
    const filter = { userId: dora.id }
    const { searchedUpTo }: SearchResult = await searchMessages(counting, filter, 'moth', page)
    key = searchedUpTo
    searches += 1
    const [bytes, most] = [read.splice(0), 4 * 10_000]
    t.ok(bytes.every((total) => total < 100_000 + most))
    t.ok(bytes.reduce((sum, total) => sum + total, 0) < bounds.bytes + most)
  }
  t.ok(searches > 1, 'more than sixty messages of 10,000 characters need more than one search')
})

t.test('Marks beyond any word of a language are not compared', (t) => {
  const marks = `${'\u0301'.repeat(5_000)}${'\u0316'.repeat(4_000)}`
  for (const text of [`a${marks}`, `a${marks.split('').join('\u200d')}`]) {
    t.ok(fold(text).length <= 31, 'sorting them would take seconds')
    t.ok(parseQuestion('moth')?.(`${text} moth`))
  }
  t.end()
})

t.test('A message that changes while it is searched is found only by its new words', async (t) => {
  const emil = await arrive('emil')
  const id = randomUUID()
  await owner.query('insert into log.message_sent_3 values ($1, $2, $2, $3)', [id, emil.id, 'moth'])
  const editing = {
    query: async (query: QueryConfig) => {
      const result = await pool.query(query)
      if (query.name?.startsWith('searchCandidates')) {
        await owner.query(
          `insert into log.message_edited_5 (id, message_id, src_id, dst_id, content)
           values (gen_random_uuid(), $1, $2, $2, 'wasp')`,
          [id, emil.id],
        )
      }
      return result
    },
  } as unknown as Queryable
  const page = { order: 'desc', fetch: 51 } as const
  t.same((await searchMessages(editing, { userId: emil.id }, 'moth', page)).rows, [])
})
