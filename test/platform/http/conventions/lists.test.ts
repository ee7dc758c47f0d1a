// Every list in the OpenAPI document: its pages cover it in both directions, whatever arrives meanwhile,
// and no other list accepts its cursors.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { listConversations } from '../../../../src/features/conversations/queries.ts'
import { listMessages } from '../../../../src/features/messages/queries.ts'
import { pageBytes } from '../../../../src/platform/postgres/page.ts'
import type { Queryable } from '../../../../src/platform/postgres/prepared.ts'
import { openRoutes } from '../../../support/http/routes.ts'

const { call, arrive, register, logIn, pool } = await openRoutes(t)
const ada = await arrive('ada')
type Path = `/${string}`

/** Adds one item to each of Ada's lists. */
let times = 0
async function addToEveryList(): Promise<void> {
  times += 1
  const other = await arrive(`friend-${times}`)
  await call('POST /messages', { ...ada, body: { to: other.id, content: `round ${times}` } })
  await call('POST /messages', { ...other, body: { to: ada.id, content: `round ${times}, too` } })
  await call(`PUT /blocks/${other.id}`, ada)
  await logIn(ada.email)
}

for (let n = 0; n < 5; n += 1) await addToEveryList()
const friend = await register('friend-0')
for (const content of ['one', 'two', 'another round']) {
  await call('POST /messages', { ...ada, body: { to: friend.id, content } })
}

/** The filters with which each list is read. */
const questions: Record<Path, readonly string[]> = {
  '/users': ['username=friend'],
  '/sessions': [''],
  '/messages': ['', 'box=inbox', 'box=sent', `with=${friend.id}`, 'q=round', 'q=round&box=inbox'],
  '/conversations': [''],
  '/blocks': [''],
  '/users/me/history': [''],
}

/** One page of two items. */
async function page(path: Path, question: string, place = '') {
  const { status, body } = await call(`GET ${path}?limit=2&${question}&${place}`, ada)
  if (status !== 200) throw new Error(`${path} responded ${JSON.stringify(body)}`)
  const items: string[] = body.items.map((item: object) => JSON.stringify(item))
  return { items, next: body.nextCursor as string | undefined }
}

/** All items from a cursor on, page by page; `meanwhile` runs after the first page. */
async function walk(
  path: Path,
  question: string,
  [way, from]: ['before' | 'after', string?],
  meanwhile = async () => {},
): Promise<{ items: string[]; last: string | undefined }> {
  const items: string[] = []
  let last = from
  for (let next = from, first = true; first || next; first = false) {
    const one = await page(path, question, next && `${way}=${next}`)
    items.push(...one.items)
    next = one.next
    last = next ?? last
    if (first) await meanwhile()
  }
  return { items, last }
}

const document = JSON.parse(
  await readFile(new URL('../../../../openapi/openapi.json', import.meta.url), 'utf8'),
)

t.test('This test covers every list of the document', async (t) => {
  const lists = Object.entries<{ get?: { parameters?: { name: string }[] } }>(document.paths)
    .filter(([, { get }]) => get?.parameters?.some(({ name }) => name === 'before'))
    .map(([path]) => path)
  t.strictSame(Object.keys(questions).sort(), lists.sort())
})

const cursors = new Map<Path, string>()
for (const [path, asked] of Object.entries(questions) as [Path, readonly string[]][]) {
  for (const question of asked) {
    const asking = `${path}?${question.replace(friend.id, 'a friend')}`
    t.test(
      `The pages of ${asking} cover the list both ways, whatever arrives meanwhile`,
      async (t) => {
        const { body } = await call(`GET ${path}?limit=100&${question}`, ada)
        const whole: string[] = body.items.map((item: object) => JSON.stringify(item))
        t.ok(whole.length > 2, `${whole.length} items`)
        const { items, last } = await walk(path, question, ['before'], addToEveryList)
        const there = new Set(whole)
        const found = items.filter((item) => there.has(item))
        t.strictSame(found, whole, 'every earlier item, once and in order')
        // New users appear in the middle of their list, everything else at the beginning.
        if (path !== '/users') t.strictSame(items, whole, 'and nothing else')
        if (!last) throw new Error('there is only one page')
        cursors.set(path, last)
        const back = (await walk(path, question, ['after', last])).items
        const shown = back.filter((item) => there.has(item))
        const unshown = new Set(shown)
        const from = whole.findIndex((item) => unshown.has(item))
        t.strictSame(
          shown,
          whole.slice(from, from + shown.length).reverse(),
          'the same items in the opposite order',
        )
        t.ok(from === 0 && shown.length >= whole.length - 3, 'back to the first item')
      },
    )
  }
}

t.test('A cursor works only with its own list and in one direction', async (t) => {
  for (const path of Object.keys(questions) as Path[]) {
    const [question] = questions[path] ?? []
    const refused = async (place: string, parameter: string) => {
      const { status, body } = await call(`GET ${path}?${question}&${place}`, ada)
      t.match({ status, body }, { status: 422, body: { errors: [{ parameter }] } }, path + place)
    }
    for (const [other, cursor] of cursors) {
      if (other === path) await refused(`before=${cursor}&after=${cursor}`, 'after')
      else for (const way of ['before', 'after']) await refused(`${way}=${cursor}`, way)
    }
  }
  t.equal(cursors.size, Object.keys(questions).length)
})

t.test('A page of long messages ends at about 256 KiB, and the pages cover the list', async (t) => {
  const writer = await arrive('writer')
  // An escaped character has six bytes in JSON, an emoji four: the long way and the short way to 40 kB and more.
  const contents = ['\u0001'.repeat(10_000), '😀'.repeat(10_000), 'short']
  for (let n = 0; n < 9; n += 1) {
    const reader = await arrive(`reader-${n}`)
    const messages = contents.map((content) => ({ to: reader.id, content }))
    await call('POST /messages/batch', { ...writer, body: { messages: messages.slice(n % 2) } })
    await call('POST /messages', { ...reader, body: { to: writer.id, content: contents[1] } })
  }
  for (const [list, length] of [
    ['/messages', 32],
    ['/messages?box=sent', 23],
    ['/conversations', 9],
  ] as const) {
    const found: string[] = []
    const whole = new Set<string>()
    let pages = 0
    for (let cursor = ''; pages === 0 || cursor; pages += 1) {
      const query = `limit=100${cursor && `&before=${cursor}`}`
      const path = `GET ${list}${list.includes('?') ? '&' : '?'}${query}` as const
      const { body } = await call(path, writer)
      t.ok(Buffer.byteLength(JSON.stringify(body)) < 300_000, path)
      found.push(...body.items.map((item: object) => JSON.stringify(item)))
      for (const { content, lastMessage } of body.items) whole.add(content ?? lastMessage?.content)
      cursor = body.nextCursor ?? ''
    }
    const shown = list === '/conversations' ? [contents[1]] : contents
    t.same([...whole].sort(), shown.toSorted(), `contents of ${list}`)
    t.equal(new Set(found).size, length, list)
    t.equal(found.length, length, list)
    t.ok(pages > 1, `${pages} pages of ${list}`)
  }
  const page = { order: 'desc', fetch: 101 } as const
  const messages = await listMessages(pool, { userId: writer.id }, page)
  const { rows } = await listConversations(pool, writer.id, page)
  t.ok(messages.length < 20 && rows.length < 9, 'the database returns no more than is shown')
})

t.test('A list needs a second statement only for a page with a long content', async (t) => {
  const [reader, writer] = [await arrive('reader'), await arrive('author')]
  const page = { order: 'desc', fetch: 51 } as const
  const statements: string[] = []
  const query = (config: { name: string; text: string }) => {
    statements.push(config.name)
    return pool.query(config)
  }
  const contents = async () => {
    statements.length = 0
    const messages = await listMessages({ query } as Queryable, { userId: reader.id }, page)
    const { rows } = await listConversations({ query } as Queryable, reader.id, page)
    return [...messages, ...rows].map(({ content }) => content)
  }
  const send = (content: string) =>
    call('POST /messages', { ...writer, body: { to: reader.id, content } })
  t.same(await contents(), [])
  t.equal(statements.length, 2, 'nothing')
  const { body } = await send('short')
  t.same(await contents(), ['short', 'short'])
  t.equal(statements.length, 2, 'a short content')
  await call(`DELETE /messages/${body.id}`, writer)
  t.same(await contents(), [null, null])
  t.equal(statements.length, 2, 'a deleted message')
  const long = 'x'.repeat(Math.floor(pageBytes / page.fetch))
  await send(long)
  t.same(await contents(), [long, null, long])
  t.equal(statements.length, 2, 'contents that fit a full page')
  await send(`${long}y`)
  t.same(await contents(), [`${long}y`, long, null, `${long}y`])
  t.equal(statements.length, 4, 'a content that may not fit')
})
