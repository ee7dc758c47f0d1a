// Search in every script; compared with a model of words and senders, through edits and deletions; and that the database
// reads only the caller's messages, however many others there are.
import fc from 'fast-check'
import t from 'tap'
import type { Box } from '../../../src/features/messages/boxes.ts'
import { searchMessages } from '../../../src/features/messages/search.ts'
import { writeMessages } from '../../bench/history.ts'
import { openRoutes } from '../../support/http/routes.ts'
import { connect } from '../../support/installed.ts'
import { readsOf } from '../../support/plan.ts'

const { url, call, arrive } = await openRoutes(t)
const people = [await arrive('ada'), await arrive('bob'), await arrive('cleo')]
type Person = (typeof people)[number]
const [ada, bob] = people as [Person, Person]

const send = async (from: Person, to: Person, content: string) => {
  const { body } = await call('POST /messages', { ...from, body: { to: to.id, content } })
  return String(body.id)
}

async function find(user: Person, q: string, more = '') {
  return call(`GET /messages?q=${encodeURIComponent(q)}${more}`, user)
}

async function contents(user: Person, q: string, more = ''): Promise<string[]> {
  const { body } = await find(user, q, more)
  return body.items.map(({ content }: { content: string }) => content)
}

t.test('A search finds messages that contain every word, in any case', async (t) => {
  const all = ['Found a moth in RELAY-70.', 'relay race', 'Ada@Example.org wrote: “Über 70 Motten”']
  for (const content of all) await send(ada, bob, content)
  const [moth, race, mail] = all
  for (const [q, found] of [
    ['relay', [race, moth]],
    ['moth relay', [moth]],
    ['relay-70', [moth]],
    ['mot', [mail, moth]],
    ['mot ', []],
    ['mot relay', []],
    ['"mot"', []],
    ['-mot', [mail, race, moth]],
    ['relay or', [race, moth]],
    ['moth or race relay', [race, moth]],
    ['“moth in”', [moth]],
    ['Über', [mail]],
    ['“MOTTEN”…', [mail]],
    ['example', [mail]],
    ['ada@example.org', [mail]],
    ['relay -moth', [race]],
    ['moth or race', [race, moth]],
    ['"relay 70"', [moth]],
    ['"70 relay"', []],
    ['"in relay-70"', [moth]],
  ] as const) {
    t.same(await contents(ada, q), found, q)
    t.same(await contents(bob, q), found, `${q}, for the recipient`)
  }
})

// The same on every database, whatever its locale says of letters, capitals and separators.
const everyScript = [
  ['Bonjour\u00a0! Ça va\u202f?', ['bonjour', 'va', 'ÇA VA', 'c\u0327a va'], ['Bonj ', 'a']],
  ['hello😀wow 👍🏽❤️', ['hello ', 'wow', '😀', 'hello 😀 wow', '❤', '👍🏽 '], ['hellowow', '😁']],
  [
    '你好，世界。今天東京都',
    ['你好 ', '世界', '世界 你好', '今天', '東京 '],
    ['好 ', '界 ', '你世'],
  ],
  ['مرحبا، أهلا', ['مرحبا ', 'أهلا', 'أهلا مرحبا'], ['حبا']],
  ['สวัสดีครับ', ['ครับ', 'สวัสดี ', 'สวัสดีครับ'], ['วัสดี']],
  ['ΟΔΟΣ Straße ﬁn Ｆｕｌｌ', ['οδος ', 'οδοσ', 'STRASSE ', 'fin ', 'full'], ['strase']],
  ['cafe\u0301 Ångström soft\u00adware', ['café ', 'a\u030angström ', 'SOFTWARE '], ['ware']],
  ['naïve—“résumé”…', ['NAÏVE ', 'résumé ', '"naïve résumé"'], ['"résumé naïve"']],
  ['зелёный ЧАЙ', ['ЗЕЛЁНЫЙ', 'чай '], ['ча ']],
] as const
for (const [n, [content, found, missed]] of everyScript.entries()) {
  t.test(`A search finds the words of ${JSON.stringify(content)}`, async (t) => {
    const reader = await arrive(`reader${n}`)
    await send(reader, reader, content)
    for (const q of found) t.same(await contents(reader, q), [content], JSON.stringify(q))
    for (const q of missed) t.same(await contents(reader, q), [], JSON.stringify(q))
  })
}

t.test('In scripts without spaces, a search finds every beginning of a word', async (t) => {
  for (const [n, word] of ['さようなら', 'ありがとうございます', 'สวัสดีครับ', '国際連合'].entries()) {
    const reader = await arrive(`beginner${n}`)
    await send(reader, reader, `1 ${word} 2`)
    for (const end of Array.from(word).keys()) {
      const q = Array.from(word)
        .slice(0, end + 1)
        .join('')
      t.same(await contents(reader, q), [`1 ${word} 2`], q)
    }
    t.same(await contents(reader, word.slice(1, 3)), [], 'no end of a word')
  }
})

t.test('A search without words finds nothing, and no syntax is an error', async (t) => {
  const strange = [`'`, `''`, '"', '"" ""', '\\', ':*', '&', '! |', '<->', '( (', '-', '--', '🦉']
  for (const q of [...strange, 'or', ' ', '$1', `' from ${bob.id}'`, '-"']) {
    const { status, body } = await find(ada, q)
    t.same([status, body.items], [200, []], q)
  }
  for (const q of ['', 'a\u0000b', 'x'.repeat(201)]) {
    t.match(await find(ada, q), { status: 422, body: { errors: [{ parameter: 'q' }] } })
  }
})

t.test('A search never finds messages between other users', async (t) => {
  await send(ada, bob, `secret from ${people[2]?.id} to ${people[2]?.id}`)
  for (const q of ['secret', `from ${people[2]?.id}`, '-nothing', 'secret or nothing']) {
    t.same(await contents(people[2] as Person, q), [], q)
  }
})

t.test('A search finds edited messages by their new words and no deleted ones', async (t) => {
  const id = await send(ada, bob, 'caterpillar')
  await call(`PATCH /messages/${id}`, { ...ada, body: { content: 'butterfly' } })
  t.same(
    [await contents(bob, 'caterpillar'), await contents(bob, 'butterfly')],
    [[], ['butterfly']],
  )
  await call(`DELETE /messages/${id}`, ada)
  t.same(await contents(bob, 'butterfly'), [])
})

t.test('A search by box, user and page equals the model', async (t) => {
  const words = ['one', 'two', 'three']
  const model: { from: Person; to: Person; content: string }[] = []
  const drawn = fc.sample(fc.tuple(fc.nat(2), fc.nat(2), fc.subarray(words, { minLength: 1 })), 60)
  for (const [n, [from, to, some]] of drawn.entries()) {
    const content = `${some.join(' ')} n${n}`
    model.unshift({ from: people[from] as Person, to: people[to] as Person, content })
    await send(people[from] as Person, people[to] as Person, content)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...people),
      fc.constantFrom<Box | undefined>('inbox', 'sent', undefined),
      fc.constantFrom(undefined, ...people),
      fc.subarray(words, { minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      async (user, box, other, asked, limit) => {
        const filters = `${box ? `&box=${box}` : ''}${other ? `&with=${other.id}` : ''}`
        const expected = model
          .filter(({ from, to }) => {
            const sent = from === user && to === (other ?? to)
            const received = to === user && from === (other ?? from)
            return (box !== 'inbox' && sent) || (box !== 'sent' && received)
          })
          .map(({ content }) => content)
          .filter((content) => asked.every((word) => content.includes(word)))
        const found: string[] = []
        let last: { nextCursor?: string } = {}
        do {
          const before = last.nextCursor ? `&before=${last.nextCursor}` : ''
          last = (await find(user, asked.join(' '), `${filters}&limit=${limit}${before}`)).body
          found.push(...(last as { items: { content: string }[] }).items.map((m) => m.content))
        } while (last.nextCursor)
        t.same(found, expected)
      },
    ),
    { numRuns: 60 },
  )
})

t.test('Search pages lead back as well while new messages arrive', async (t) => {
  for (const n of [1, 2, 3, 4, 5]) await send(ada, bob, `walrus ${n}`)
  const page = async (more: string) => (await find(ada, 'walrus', `&limit=2${more}`)).body
  const first = await page('')
  await send(ada, bob, 'walrus 6')
  const second = await page(`&before=${first.nextCursor}`)
  t.match(second.items, [{ content: 'walrus 3' }, { content: 'walrus 2' }])
  const back = await page(`&after=${second.nextCursor}`)
  t.match(back.items, [{ content: 'walrus 3' }, { content: 'walrus 4' }])
})

t.test('A search reads none of 20,000 messages between other users', async (t) => {
  const owner = await connect(t, url)
  const others = [await arrive('dora'), await arrive('emil')].map(({ id }) => id)
  await writeMessages(owner, others, 20_000)
  const fred = await arrive('fred')
  for (const n of [1, 2, 3]) await send(fred, ada, `A message ${n}`)
  for (const filter of [
    {},
    { box: 'sent' },
    { with: ada.id },
    { box: 'sent', with: ada.id },
  ] as const) {
    const page = { order: 'desc', fetch: 51 } as const
    const { nodes, rows } = await readsOf(owner, (on) =>
      searchMessages(on, { userId: fred.id, ...filter }, 'message', page),
    )
    t.equal(rows, 3)
    t.ok(nodes.length >= 1)
    for (const { type, table, read } of nodes) {
      t.ok(read <= 3, `${type} of ${table} reads ${read}`)
    }
  }
})
