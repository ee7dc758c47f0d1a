// The configured cost of a hash has risen: logins renew hashes, and neither they nor concurrent requests
// fail because of it.
import t from 'tap'
import { logIn } from '../../../src/features/sessions/log-in.ts'
import { listSessions } from '../../../src/features/sessions/queries.ts'
import { changePassword } from '../../../src/features/users/change-password.ts'
import { findCredentials } from '../../../src/features/users/queries.ts'
import { renewPasswordHash } from '../../../src/features/users/renew-password-hash.ts'
import { precondition } from '../../../src/platform/http/conventions/etags.ts'
import {
  createPasswordHasher,
  type PasswordHasher,
} from '../../../src/platform/passwords/hasher.ts'
import { client, firstPassword, openDomain, quickHasher, turn } from '../../support/domain.ts'

const domain = await openDomain(t)
const costlierHasher = createPasswordHasher(
  { memoryKiB: 256, passes: 2, parallelism: 1 },
  { concurrency: 4, maxWaiting: 100 },
)
const secondPassword = 'staple of my diet'

type User = Awaited<ReturnType<typeof domain.register>>

async function stored({ email }: User) {
  const found = await findCredentials(domain.pool, email)
  if (!found) throw new Error(`${email} is not registered`)
  return found
}

/** The renewal that a login prepares now, with the hash that is stored now, for the test to run later. */
async function renewal(user: User, hasher: PasswordHasher = costlierHasher, store = domain.store) {
  const { passwordHash } = await stored(user)
  const metadata = { requestId: 'login-1' }
  const verified = { userId: user.id, passwordHash, password: firstPassword, metadata }
  return () => renewPasswordHash({ store, hasher }, verified)
}

async function renew(user: User): Promise<void> {
  await (await renewal(user))()
}

function change(user: User, sessionId: string, options: { header?: string; deps?: object } = {}) {
  const headers = options.header === undefined ? {} : { 'if-match': options.header }
  return changePassword(
    { ...domain, ...options.deps },
    {
      userId: user.id,
      sessionId,
      currentPassword: firstPassword,
      newPassword: secondPassword,
      precondition: precondition({ headers }),
      client,
      metadata: {},
    },
  )
}

/** A hasher that runs `happens` after each verification, before the caller can decide on its result. */
function meanwhile(happens: () => Promise<unknown>): PasswordHasher {
  const verify: PasswordHasher['verify'] = async (hash, password) => {
    const right = await costlierHasher.verify(hash, password, turn)
    await happens()
    return right
  }
  return { ...costlierHasher, verify }
}

const eventsOf = async ({ id }: User) => {
  const { rows } = await domain.pool.query(
    'select type, metadata from log.events where stream_id = $1 order by stream_version',
    [id],
  )
  return rows
}
const isRenewed = async (user: User) => (await stored(user)).passwordHash.includes('$m=256,')

t.test('A renewal replaces the hash and changes nothing else', async (t) => {
  const user = await domain.register('ada')
  await domain.logIn(user.email)
  const sessions = () => listSessions(domain.pool, user.id, { order: 'desc', fetch: 100 })
  const [before, sessionsBefore] = [await stored(user), await sessions()]
  await renew(user)
  const { passwordHash, ...after } = await stored(user)
  t.match(passwordHash, '$m=256,t=2,p=1$')
  t.match({ ...before, version: 2 }, after)
  t.same(await sessions(), sessionsBefore, 'no session ended')
  t.ok(await domain.logIn(user.email), 'the password is the same')
  t.match((await eventsOf(user)).at(-1), {
    type: 'password_rehashed_4',
    metadata: { actor: user.id, requestId: 'login-1' },
  })
})

t.test('A hash of sufficient cost stays, even if the configured cost was lowered', async (t) => {
  const user = await domain.register('bob')
  await renew(user)
  await renew(user)
  await (await renewal(user, quickHasher))()
  t.equal((await eventsOf(user)).length, 2)
  t.ok(await isRenewed(user))
})

t.test('Of many concurrent logins one renews the hash, and all succeed', async (t) => {
  const user = await domain.register('carl')
  const login = async () => {
    const deps = { ...domain, hasher: costlierHasher }
    const { user: found } = await logIn(deps, {
      email: user.email,
      password: firstPassword,
      client,
      metadata: {},
    })
    const { passwordHash } = found
    const verified = { userId: user.id, passwordHash, password: firstPassword, metadata: {} }
    await renewPasswordHash({ ...domain, hasher: costlierHasher }, verified)
  }
  await Promise.all(Array.from({ length: 8 }, login))
  t.same(
    (await eventsOf(user)).map(({ type }) => type),
    ['user_registered_1', 'password_rehashed_4'],
  )
})

t.test('A password change before the renewal loads the user wins', async (t) => {
  const user = await domain.register('dora')
  const { id } = await domain.logIn(user.email)
  const late = await renewal(user)
  await change(user, id)
  await late()
  t.match((await eventsOf(user)).at(-1), { type: 'password_changed_2' })
  t.ok(await domain.logIn(user.email, secondPassword))
  await t.rejects(domain.logIn(user.email), { code: 'invalid_credentials' })
})

t.test('A password change after the renewal has loaded the user wins', async (t) => {
  const user = await domain.register('emil')
  const { id } = await domain.logIn(user.email)
  const append: typeof domain.store.append = async (decision) => {
    await change(user, id)
    return domain.store.append(decision)
  }
  await (await renewal(user, costlierHasher, { ...domain.store, append }))()
  t.match((await eventsOf(user)).at(-1), { type: 'password_changed_2' })
  t.ok(await domain.logIn(user.email, secondPassword))
})

t.test('A password change succeeds although the hash is renewed meanwhile', async (t) => {
  const user = await domain.register('fred')
  const { id } = await domain.logIn(user.email)
  const { version } = await change(user, id, { deps: { hasher: meanwhile(() => renew(user)) } })
  t.equal(version, 3)
  t.ok(await domain.logIn(user.email, secondPassword))
})

t.test(
  'A password change with If-Match is rejected when the hash is renewed meanwhile',
  async (t) => {
    const user = await domain.register('gina')
    const { id } = await domain.logIn(user.email)
    const deps = { hasher: meanwhile(() => renew(user)) }
    await t.rejects(change(user, id, { header: '"1"', deps }), { code: 'version_mismatch' })
    t.ok(await domain.logIn(user.email))
  },
)

t.test('A login succeeds although the hash is renewed meanwhile', async (t) => {
  const user = await domain.register('hans')
  const deps = { ...domain, hasher: meanwhile(() => renew(user)) }
  t.ok(await logIn(deps, { email: user.email, password: firstPassword, client, metadata: {} }))
  t.ok(await isRenewed(user))
})

t.test('A renewal reports an error that is not a conflict', async (t) => {
  const user = await domain.register('iris')
  const append = () => Promise.reject(new Error('the database is gone'))
  const renewing = await renewal(user, costlierHasher, { ...domain.store, append })
  await t.rejects(renewing(), { message: 'the database is gone' })
})
