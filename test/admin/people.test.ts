// What operators see of users and reports on the admin port. Each response is compared with openapi/admin.json.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { type Answer, administered } from '../support/http/admin.ts'
import { password } from '../support/http/served.ts'

type Schemas = components['schemas']
type Items<Item> = Answer<{ items: Item[] }>

const { call, act, arrive, owner } = await administered(t)
const ada = await arrive('ada')
const bob = await arrive('bob')

const find = (search: string) =>
  act<Schemas['People']>('GET', `/users?search=${encodeURIComponent(search)}`)

/** The last acts, the last one first. */
async function lastActs(limit: number) {
  const { body }: Items<Schemas['Act']> = await call(`/audit?limit=${limit}`)
  return body.items
}

t.test('Operators find users and reports', async (t) => {
  for (const search of ['ad', 'ada@example.org', ada.user.id]) {
    const { body } = await find(search)
    t.match(body.items, [{ id: ada.user.id, username: 'ada', state: 'active' }], search)
    t.equal(body.items.length, 1)
  }
  const { body: none } = await find('nobody@example.org')
  t.strictSame(none.items, [])
  t.equal((await call('/users/00000000-0000-4000-8000-000000000000')).status, 404)
  t.match((await call<Schemas['Reports']>('/reports?status=settled')).body, { items: [], open: 0 })
})

t.test('Operators find a user who deleted the account by the username that it had', async (t) => {
  const carl = await arrive('carl')
  await carl.client.POST('/users/me/deletion', { body: { currentPassword: password } })
  for (const search of ['carl', 'Carl', 'carl@example.org']) {
    const { body } = await find(search)
    t.match(body.items, [{ id: carl.user.id, username: null, state: 'leaving' }], search)
  }
})

t.test('A search by address needs a name, and is recorded without the address', async (t) => {
  const without = await call<Schemas['Problem']>('/users?search=ada@example.org')
  t.match(without, { status: 422, body: { errors: [{ parameter: 'Epistle-Actor' }] } })
  await find('ada@example.org')
  await find('nobody@example.org')
  await find('ada')
  const by = { act: 'find_by_address', actor: 'Ada', outcome: 'done' }
  t.match(await lastActs(2), [
    { ...by, subject: null, arguments: { found: 0 } },
    { ...by, subject: ada.user.id, arguments: { found: 1 } },
  ])
  const { rows } = await owner.query('select a::text as text from work.acts a')
  for (const { text } of rows) t.notMatch(text, /example\.org/)
})

t.test('The addresses of an account are masked until they are asked for', async (t) => {
  const path = `/users/${ada.user.id}`
  const { body: account } = await call<Schemas['Account']>(path)
  t.match(account, { email: null, masked: ['email'], suspension: null, activeSessions: 1 })
  t.equal((await call(`${path}?personal=shown`)).status, 422, 'without a name')
  const headers = { 'Epistle-Actor': 'zoe' }
  const { body: shown } = await call<Schemas['Account']>(`${path}?personal=shown`, { headers })
  t.match(shown, { email: 'ada@example.org', masked: [] })
  t.match(await lastActs(1), [{ act: 'show_personal', actor: 'zoe', subject: ada.user.id }])
})

t.test('The reason of a suspension is masked until it is asked for', async (t) => {
  const dora = await arrive('dora')
  const path = `/users/${dora.user.id}`
  await act('PUT', `${path}/suspension`, { reason: 'sends spam' })
  const { body: account } = await call<Schemas['Account']>(path)
  t.match(account, { suspension: { reason: null, actor: 'Ada' } })
  t.strictSame(account.masked, ['email', 'suspension.reason'])
  const { body: shown } = await act<Schemas['Account']>('GET', `${path}?personal=shown`)
  t.match(shown, { suspension: { reason: 'sends spam' }, masked: [] })
})

t.test(
  'The texts of a report are masked until they are asked for, which is recorded',
  async (t) => {
    const carol = await arrive('carol')
    const sent = await carol.client.POST('/messages', {
      body: { to: ada.user.id, content: 'for Ada alone' },
    })
    const params = { path: { id: sent.data?.id ?? '' } }
    await ada.client.POST('/messages/{id}/reports', { params, body: { reason: 'is rude' } })
    const { body: masked } = await call<Schemas['Reports']>('/reports')
    t.match(masked.items, [{ reason: null, content: null, reported: 'carol' }])
    t.strictSame(masked.items[0]?.masked, ['reason', 'content'])
    const id = masked.items[0]?.id
    const { body: one } = await call<Schemas['Report']>(`/reports/${id}`)
    t.strictSame(one, masked.items[0])
    for (const path of ['/reports', `/reports/${id}`]) {
      t.equal((await call(`${path}?personal=shown`)).status, 422, 'without a name')
    }
    const texts = { reason: 'is rude', content: 'for Ada alone', masked: [] }
    const { body: list } = await act<Schemas['Reports']>('GET', '/reports?personal=shown')
    t.match(list.items, [texts])
    t.match((await act('GET', `/reports/${id}?personal=shown`)).body, texts)
    const by = { act: 'show_personal', actor: 'Ada', outcome: 'done' }
    t.match(await lastActs(2), [
      { ...by, subject: id },
      { ...by, subject: 'reports', arguments: { status: 'open' } },
    ])
    await act('POST', `/reports/${id}/settlement`, { outcome: 'upheld', note: 'clear' })
    const { body: settled } = await call<Schemas['Report']>(`/reports/${id}`)
    t.match(settled, { note: 'clear', reason: null }, 'notes are for all operators')
  },
)

t.test('GET /reports pages through open and settled reports without a gap', async (t) => {
  for (const content of ['one', 'two', 'three']) {
    const sent = await bob.client.POST('/messages', { body: { to: ada.user.id, content } })
    const params = { path: { id: sent.data?.id ?? '' } }
    await ada.client.POST('/messages/{id}/reports', { params, body: { reason: 'spam' } })
  }
  const list = async (status: string) => {
    const contents: (string | null)[] = []
    for (let before = ''; ; ) {
      const query = `personal=shown&status=${status}&limit=2${before}`
      const { body } = await act<Schemas['Reports']>('GET', `/reports?${query}`)
      contents.push(...body.items.map(({ content }) => content))
      if (!body.nextCursor) return contents
      before = `&before=${body.nextCursor}`
    }
  }
  t.strictSame(await list('open'), ['one', 'two', 'three'])
  const { body: open } = await call<Schemas['Reports']>('/reports')
  for (const { id } of open.items) {
    const headers = { 'Epistle-Actor': 'zoe', 'Content-Type': 'application/json' }
    const body = JSON.stringify({ outcome: 'dismissed' })
    await call(`/reports/${id}/settlement`, { method: 'POST', headers, body })
  }
  t.strictSame(await list('settled'), ['three', 'two', 'one', 'for Ada alone'])
  const path = `/reports/${open.items[0]?.id}?personal=shown`
  const { body: one } = await act<Schemas['Report']>('GET', path)
  t.match(one, { content: 'one', isOpen: false, outcome: 'dismissed', actor: 'zoe' })
  t.equal((await call('/reports/00000000-0000-4000-8000-000000000000')).status, 404)
})
