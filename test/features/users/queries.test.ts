// The queries about users: by id, by e-mail address, by username prefix.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import {
  findCredentials,
  publicUserFinder,
  searchUsers,
} from '../../../src/features/users/queries.ts'
import { openDomain } from '../../support/domain.ts'
import { connect } from '../../support/installed.ts'

const domain = await openDomain(t)
for (const name of ['ada', 'ad_a', 'ad.a', 'ada-2', 'adam', 'bob']) await domain.register(name)
const findUser = publicUserFinder(domain.pool)
const asc = { order: 'asc', fetch: 10 } as const
const names = async (prefix: string, page: Parameters<typeof searchUsers>[2] = asc) =>
  (await searchUsers(domain.pool, { username: prefix, unverified: true }, page)).map(
    (user) => user.username,
  )

t.test('The search finds users by username prefix, sorted', async (t) => {
  t.same(await names('ad'), ['ad.a', 'ad_a', 'ada', 'ada-2', 'adam'])
  t.same(await names('zz'), [])
})

t.test('The search matches a prefix literally', async (t) => {
  t.same(await names('ad_'), ['ad_a'])
  t.same(await names('ad.'), ['ad.a'])
  for (const prefix of ['%a', 'a%', '\\a', '^a', 'a*']) t.same(await names(prefix), [], prefix)
})

t.test('A page of the search continues after its key, in both orders', async (t) => {
  t.same(await names('ad', { ...asc, key: 'ada', fetch: 1 }), ['ada-2'])
  t.same(await names('ad', { order: 'desc', key: 'ada', fetch: 10 }), ['ad_a', 'ad.a'])
})

t.test('A user of release 0 is found without a username', async (t) => {
  const client = await connect(t, domain.url)
  const id = randomUUID()
  await client.query(
    'insert into log.user_registered_0 (id, email, password_hash) values ($1, $2, $3)',
    [id, 'Early@example.org', 'no hash'],
  )
  t.same(await findUser(id), { id, username: null })
  t.match(await findCredentials(domain.pool, 'EARLY@EXAMPLE.ORG'), {
    id,
    email: 'Early@example.org',
    username: null,
    passwordHash: 'no hash',
    version: 1,
  })
  await t.rejects(domain.logIn('early@example.org'), { code: 'invalid_credentials' })
})

t.test('No user is found by an unknown id or address', async (t) => {
  t.equal(await findUser(randomUUID()), undefined)
  t.equal(await findCredentials(domain.pool, 'unknown@example.org'), undefined)
})
