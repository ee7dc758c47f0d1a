// Another username: at most once a day, and the earlier one stays reserved for its owner.
import t from 'tap'
import { changeUsername } from '../../../src/features/users/change-username.ts'
import type { ClaimUsername } from '../../../src/features/users/username-reservations.ts'
import { openDomain } from '../../support/domain.ts'
import { password, served } from '../../support/http/served.ts'

const { client, arrive, owner } = await served(t)
const change = (user: Awaited<ReturnType<typeof arrive>>, username: string, ifMatch?: string) =>
  user.client.PUT('/users/me/username', {
    body: { username },
    ...(ifMatch && { params: { header: { 'If-Match': ifMatch } } }),
  })
const register = (username: string, email = `${username}@two.example`) =>
  client().POST('/users', { body: { email, username, password } })

t.test('A user changes their username once a day', async (t) => {
  const ada = await arrive('ada')
  const first = await change(ada, 'Lovelace')
  t.equal(first.response.status, 204)
  t.ok(first.response.headers.get('epistle-position'))
  const { data, response } = await ada.client.GET('/users/me')
  t.equal(data?.username, 'lovelace')
  t.equal(first.response.headers.get('etag'), response.headers.get('etag'))
  const again = await change(ada, 'lovelace')
  t.equal(again.response.status, 204, 'the same name is no change')
  t.equal(again.response.headers.get('epistle-position'), null)
  const second = await change(ada, 'countess')
  t.equal(second.error?.code, 'too_many_requests')
  const wait = Number(second.response.headers.get('retry-after'))
  t.ok(wait > 86_000 && wait <= 86_400, `${wait} s`)
  const search = await ada.client.GET('/users', { params: { query: { username: 'lovel' } } })
  t.match(search.data, { items: [{ username: 'lovelace' }] })
})

t.test('The earlier username is reserved for its owner until its time is over', async (t) => {
  const bob = await arrive('bob')
  await change(bob, 'robert')
  const { error } = await register('bob')
  t.match(error, { code: 'username_taken', errors: [{ pointer: '/username', code: 'taken' }] })
  const other = await arrive('other')
  t.equal((await change(other, 'bob')).error?.code, 'username_taken')
  // As if a day had passed since a change that kept the name for a moment only.
  await owner.query(
    `insert into log.username_changed_14 values (gen_random_uuid(), $1, 'bobby', 'robert', '2001-01-01')`,
    [bob.user.id],
  )
  t.equal((await change(bob, 'bob')).response.status, 204, 'the owner takes it back')
  t.equal((await register('robert')).response.status, 201, 'free after its time')
})

t.test('A stale If-Match, a taken and a malformed name are refused', async (t) => {
  const cid = await arrive('cid')
  t.equal((await change(cid, 'sidney', '"7"')).error?.code, 'version_mismatch')
  const taken = await change(cid, 'other')
  t.match(taken.error, { code: 'username_taken', errors: [{ pointer: '/username' }] })
  t.equal((await change(cid, 'admin')).error?.code, 'validation_failed')
  t.equal((await change(cid, 'sidney', '"1"')).response.status, 204)
})

t.test('Of two changes at once, one counts', async (t) => {
  const dan = await arrive('dan')
  const results = await Promise.all([change(dan, 'daniel'), change(dan, 'danny')])
  const codes = results.map(({ error }) => error?.code ?? 'done').sort()
  t.strictSame(codes, ['done', 'too_many_requests'])
})

t.test('A user who must wait claims no username', async (t) => {
  const { pool, store, register } = await openDomain(t)
  const { id: userId } = await register('eve')
  const claimed: string[] = []
  const claimUsername: ClaimUsername = ({ username }, append) => {
    claimed.push(username)
    return append()
  }
  const to = (username: string) =>
    changeUsername(
      { pool, store, claimUsername },
      { userId, username, precondition: () => undefined, metadata: {} },
    )
  await to('evelyn')
  await t.rejects(to('eva'), { code: 'too_many_requests' })
  t.strictSame(claimed, ['evelyn'])
})
