// Registering where nobody learns whose addresses are taken: what its server is asked for by HTTP is in
// test/features/account-recovery/verification.test.ts; here is what happens while the server has too much to do.
import t from 'tap'
import { registerWithoutDisclosure } from '../../../src/features/users/register-without-disclosure.ts'
import { createPasswordHasher } from '../../../src/platform/passwords/hasher.ts'
import { client, firstPassword, openDomain } from '../../support/domain.ts'

const domain = await openDomain(t)
const bounds = { concurrency: 1, maxWaiting: 0 }
// A hash takes much longer than what comes before it.
const hasher = createPasswordHasher({ memoryKiB: 65_536, passes: 8, parallelism: 1 }, bounds)

const register = (username: string, password = firstPassword) => {
  const email = `${username}@example.org`
  return registerWithoutDisclosure(
    { ...domain, hasher },
    { email, username, password, client, metadata: {} },
  )
}

t.test('who is told to come again finds his name as free as before', async (t) => {
  const busy = hasher.hash(firstPassword)
  await t.rejects(register('bob'), { code: 'overloaded' })
  await busy
  await register('bob')
  await t.rejects(register('bob'), { code: 'username_taken' })
})

t.test('so does who is told to choose another password', async (t) => {
  await t.rejects(register('cid', 'password'), { code: 'password_refused' })
  await register('cid')
})

t.test('so does who is told that the database cannot be reached', async (t) => {
  const gone = new Error('nobody knows')
  const store = { ...domain.store, append: () => Promise.reject(gone) }
  const dora = { email: 'dora@example.org', username: 'dora', password: firstPassword, client }
  const registration = { ...dora, metadata: {} }
  await t.rejects(registerWithoutDisclosure({ ...domain, store }, registration), gone)
  await register('dora')
})
