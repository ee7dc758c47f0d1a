// The user aggregate: events given, command, events expected. The read table ensures unique names, and its
// tests cover that.
import fc from 'fast-check'
import t from 'tap'
import type { RegisterUser } from '../../../src/features/users/commands.ts'
import type {
  PasswordChanged,
  PasswordRehashed,
  UserEvent,
  UserRegistered,
} from '../../../src/features/users/events.ts'
import { user } from '../../../src/features/users/user.ts'
import { given } from '../../support/given.ts'

const ada: UserRegistered = {
  type: 'UserRegistered',
  data: { id: 'ada', email: 'ada@example.org', passwordHash: 'first', username: 'ada' },
}
const changed: PasswordChanged = {
  type: 'PasswordChanged',
  data: { id: 'change', userId: 'ada', passwordHash: 'second', sessionId: 'desk' },
}
const rehashed: PasswordRehashed = {
  type: 'PasswordRehashed',
  data: { id: 'renewal', userId: 'ada', passwordHash: 'costlier' },
}
const register: RegisterUser = {
  type: 'RegisterUser',
  id: 'ada',
  email: 'ada@example.org',
  username: 'ada',
  passwordHash: 'first',
}

t.test('A new user registers', async (t) => {
  t.same(given(user).when(register), [ada])
})

t.test('A registered user cannot register again', async (t) => {
  t.throws(() => given(user, ada).when(register), { code: 'conflict' })
})

t.test('A user changes the password and names the session that stays', async (t) => {
  const change = { type: 'ChangePassword', id: 'change', passwordHash: 'second' } as const
  t.same(given(user, ada).when({ ...change, sessionId: 'desk' }), [changed])
  t.match(given(user, ada).when({ ...change, sessionId: null }), [{ data: { sessionId: null } }])
})

t.test('An unregistered user cannot change a password', async (t) => {
  const change = { type: 'ChangePassword', id: 'x', passwordHash: 'h', sessionId: null } as const
  t.throws(() => given(user).when(change), { code: 'not_found' })
})

t.test('The last password change counts', async (t) => {
  t.match(given(user, ada).state, { passwordHash: 'first' })
  t.match(given(user, ada, changed).state, { passwordHash: 'second', username: 'ada' })
})

t.test('A renewal replaces the hash that was verified', async (t) => {
  const renew = { type: 'RehashPassword', id: 'renewal', passwordHash: 'costlier' } as const
  t.same(given(user, ada).when({ ...renew, verifiedHash: 'first' }), [rehashed])
  t.match(given(user, ada, rehashed).state, { passwordHash: 'costlier' })
})

t.test('A renewal of a hash that was already replaced changes nothing', async (t) => {
  const renew = { type: 'RehashPassword', id: 'renewal', passwordHash: 'costlier' } as const
  const late = { ...renew, verifiedHash: 'first' }
  t.same(given(user, ada, changed).when(late), [], 'the password has changed')
  t.same(given(user, ada, rehashed).when(late), [], 'another login has renewed it')
  t.same(given(user).when(late), [], 'the user is not registered')
})

t.test('A password change sets passwordSetBy, a renewed hash does not', async (t) => {
  const setBy = (...events: UserEvent[]) => {
    const { state } = given(user, ada, ...events)
    return state.status === 'registered' && state.passwordSetBy
  }
  t.equal(setBy(), 'ada')
  t.equal(setBy(rehashed), 'ada')
  t.equal(setBy(changed, rehashed), 'change')
})

t.test('A user of release 0 has no username', async (t) => {
  const early: UserRegistered = { ...ada, data: { ...ada.data, username: null } }
  t.match(given(user, early).state, { status: 'registered', username: null })
})

t.test('Any history folds, and its last hash counts', async (t) => {
  const hash = fc.string()
  const registered = fc.record({
    type: fc.constant('UserRegistered' as const),
    data: fc.record({
      id: fc.uuid(),
      email: fc.emailAddress(),
      passwordHash: hash,
      username: fc.option(fc.string()),
    }),
  })
  const change = fc.record({
    type: fc.constant('PasswordChanged' as const),
    data: fc.record({
      id: fc.uuid(),
      userId: fc.uuid(),
      passwordHash: hash,
      sessionId: fc.option(fc.uuid()),
    }),
  })
  const renewal = fc.record({
    type: fc.constant('PasswordRehashed' as const),
    data: fc.record({ id: fc.uuid(), userId: fc.uuid(), passwordHash: hash }),
  })
  fc.assert(
    fc.property(fc.array(fc.oneof(registered, change, renewal)), (events: UserEvent[]) => {
      const { state } = given(user, ...events)
      const from = events.findIndex((event) => event.type === 'UserRegistered')
      if (from < 0) return state.status === 'unknown'
      const last = events.at(-1)
      const hash = last && 'passwordHash' in last.data ? last.data.passwordHash : undefined
      return state.status === 'registered' && state.passwordHash === hash
    }),
  )
  t.pass('no counterexample was found')
})

t.test(
  'A user changes the username once a day, and the earlier one is reserved for 30 days',
  async (t) => {
    const at = new Date('2026-12-01T12:00:00.000Z')
    const change = { type: 'ChangeUsername', id: 'change', username: 'countess', at } as const
    const [event] = given(user, ada).when(change)
    t.match(event, { data: { oldUsername: 'ada', reservedUntil: '2026-12-31T12:00:00.000Z' } })
    const later = (ms: number) => ({ ...change, username: 'ada', at: new Date(at.getTime() + ms) })
    const dayMs = 24 * 60 * 60 * 1000
    const changed = given(user, ada, event as UserEvent)
    t.strictSame(changed.when(change), [], 'the same name')
    t.throws(() => changed.when(later(dayMs - 1)), { message: /retry in 1 ms/ })
    t.match(changed.when(later(dayMs)), [{ data: { username: 'ada', oldUsername: 'countess' } }])
  },
)

t.test('An address that was verified before stays so', async (t) => {
  const moved = (email: string, oldEmail: string, n: number): UserEvent => {
    const data = {
      id: `move ${n}`,
      userId: 'ada',
      email,
      oldEmail,
      oldVerified: true,
      reverts: null,
    }
    return { type: 'EmailChanged', data }
  }
  const verify = { id: 'proof', userId: 'ada', email: 'ada@example.org' }
  const verified = { type: 'EmailVerified', data: verify } as const
  const away = moved('ada@new.example', 'ada@example.org', 1)
  t.match(given(user, ada, verified).state, { emailVerified: true })
  t.match(given(user, ada, verified, away).state, { emailVerified: false })
  const back = moved('ada@example.org', 'ada@new.example', 2)
  t.match(given(user, ada, verified, away, back).state, { emailVerified: true })
})

t.test(
  'A user who left is restored with the password and the verification of before',
  async (t) => {
    const verify = { id: 'proof', userId: 'ada', email: 'ada@example.org' }
    const verified = { type: 'EmailVerified', data: verify } as const
    const leave = { type: 'LeaveUser', id: 'leaving', passwordSetBy: 'ada' } as const
    const left = given(user, ada, verified).when(leave)
    const names = { email: 'ada@example.org', username: 'ada' }
    t.match(left, [{ type: 'UserLeft', data: { userId: 'ada', ...names } }])
    const gone = given(user, ada, verified, ...left)
    t.strictSame(gone.when(leave), [], 'a second request changes nothing')
    t.throws(() => gone.when({ type: 'ChangeEmail', id: 'x', email: 'a@x.org', reverts: null }), {
      code: 'not_found',
    })
    const restore = { type: 'RestoreUser', id: 'return', email: names.email } as const
    const restored = gone.when(restore)
    t.strictSame(
      given(user, ada, verified, ...left, ...restored).state,
      given(user, ada, verified).state,
    )
    t.throws(() => given(user, ada).when(restore), { code: 'invalid_token' })
  },
)

t.test('A password that was changed since its check does not delete the account', async (t) => {
  const changed = { id: 'change', userId: 'ada', passwordHash: 'other', sessionId: null }
  const leave = { type: 'LeaveUser', id: 'leaving', passwordSetBy: 'ada' } as const
  const after = given(user, ada, { type: 'PasswordChanged', data: changed })
  t.throws(() => after.when(leave), { code: 'wrong_password' })
})
