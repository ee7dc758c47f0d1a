// What operators see of users and reports on the admin port. Each response is compared with openapi/admin.json.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { type Answer, administered } from '../support/http/admin.ts'
import { password } from '../support/http/served.ts'

type Schemas = components['schemas']
type Items<Item> = Answer<{ items: Item[] }>

const { call, arrive } = await administered(t)
const ada = await arrive('ada')
const bob = await arrive('bob')

t.test('Operators find users and reports', async (t) => {
  for (const search of ['ad', 'ada@example.org', ada.user.id]) {
    const { body } = await call<Schemas['People']>(`/users?search=${encodeURIComponent(search)}`)
    t.match(body.items, [{ id: ada.user.id, username: 'ada', state: 'active' }], search)
    t.equal(body.items.length, 1)
  }
  const { body: none } = await call<Schemas['People']>('/users?search=nobody@example.org')
  t.strictSame(none.items, [])
  t.equal((await call('/users/00000000-0000-4000-8000-000000000000')).status, 404)
  t.match((await call<Schemas['Reports']>('/reports?status=settled')).body, { items: [], open: 0 })
})

t.test('Operators find a user who deleted the account by the username that it had', async (t) => {
  const carl = await arrive('carl')
  await carl.client.POST('/users/me/deletion', { body: { currentPassword: password } })
  for (const search of ['carl', 'Carl', 'carl@example.org']) {
    const { body } = await call<Schemas['People']>(`/users?search=${encodeURIComponent(search)}`)
    t.match(body.items, [{ id: carl.user.id, username: null, state: 'leaving' }], search)
  }
})

t.test('The addresses of an account are masked until they are asked for', async (t) => {
  const path = `/users/${ada.user.id}`
  const { body: account } = await call<Schemas['Account']>(path)
  t.match(account, { email: null, masked: ['email'], suspension: null, activeSessions: 1 })
  t.equal((await call(`${path}?personal=shown`)).status, 422, 'without a name')
  const headers = { 'Epistle-Actor': 'zoe' }
  const { body: shown } = await call<Schemas['Account']>(`${path}?personal=shown`, { headers })
  t.match(shown, { email: 'ada@example.org', masked: [] })
  const { body: audit }: Items<Schemas['Act']> = await call('/audit?limit=1')
  t.match(audit.items, [{ act: 'show_personal', actor: 'zoe', subject: ada.user.id }])
})

t.test('GET /reports pages through open and settled reports without a gap', async (t) => {
  for (const content of ['one', 'two', 'three']) {
    const sent = await bob.client.POST('/messages', { body: { to: ada.user.id, content } })
    const params = { path: { id: sent.data?.id ?? '' } }
    await ada.client.POST('/messages/{id}/reports', { params, body: { reason: 'spam' } })
  }
  const list = async (status: string) => {
    const contents: (string | null)[] = []
    for (let before = ''; ; ) {
      const query = `status=${status}&limit=2${before}`
      const { body } = await call<Schemas['Reports']>(`/reports?${query}`)
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
  t.strictSame(await list('settled'), ['three', 'two', 'one'])
  const { body: one } = await call<Schemas['Report']>(`/reports/${open.items[0]?.id}`)
  t.match(one, { content: 'one', isOpen: false, outcome: 'dismissed', actor: 'zoe' })
  t.equal((await call('/reports/00000000-0000-4000-8000-000000000000')).status, 404)
})
