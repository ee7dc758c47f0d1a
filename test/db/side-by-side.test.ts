// Old and new side by side: the frozen statements of every release's code on the newest database, at the same
// time. Each release sees what the others write, as far as its shape can show it. Above all, no old
// server accepts an old password or a session that has ended.
import t from 'tap'
import { idOf } from '../support/ids.ts'
import * as release0 from '../support/old-releases/release-0.ts'
import * as release1 from '../support/old-releases/release-1.ts'
import * as release2 from '../support/old-releases/release-2.ts'
import * as release3 from '../support/old-releases/release-3.ts'
import * as release4 from '../support/old-releases/release-4.ts'
import * as release6 from '../support/old-releases/release-6.ts'
import { run, servers } from '../support/old-releases/statement.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
// The servers of each release; from release 2 on they work under the service role.
const old0 = servers(t, url)
const old1 = servers(t, url)
const new2 = servers(t, url, 'epistle_service')
const new3 = servers(t, url, 'epistle_service')
const new4 = servers(t, url, 'epistle_service')

const users = Array.from({ length: 24 }, (_, n) => ({
  id: idOf(n + 1),
  email: `User${n}@Example.com`,
  username: `user${n}`,
  token: `token ${n}`,
  session: idOf(n + 101),
}))
type User = (typeof users)[number]

/** Registers the nth user: the even ones on release 0, the others, with a username, on release 1. */
async function register(user: User, n: number): Promise<void> {
  const values = [user.id, user.email, 'old hash']
  if (n % 2 === 0) await run(old0, release0.registerUser, values)
  else await run(old1, release1.registerUser, [...values, user.username])
}

async function each(work: (user: User, n: number) => Promise<unknown>): Promise<void> {
  await Promise.all(users.map(work))
}

t.test('Users of every release are seen by every release', async (t) => {
  await each(register)
  const found = await Promise.all(
    users.flatMap(({ email }) => [
      run(old0, release0.findUserByEmail, [email.toLowerCase()]),
      run(old1, release1.findUserByEmail, [email.toLowerCase()]),
      run(new2, release2.findUserByEmail, [email.toLowerCase()]),
    ]),
  )
  t.strictSame(
    found.map(([user]) => user?.id),
    users.flatMap(({ id }) => [id, id, id]),
  )
})

t.test('One of several servers that register the same address at once succeeds', async (t) => {
  const outcomes = await Promise.allSettled(
    [0, 1, 2, 3].map((n) =>
      register(
        { ...(users[n] as User), id: idOf(900 + n), email: 'ONE@x.org', username: `one${n}` },
        n,
      ),
    ),
  )
  const refusals = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason.constraint] : []))
  t.equal(refusals.length, 3)
  t.ok(
    refusals.every((constraint) => /__email_taken$/.test(constraint)),
    `${refusals}`,
  )
})

t.test('A session that one release starts is valid for every release', async (t) => {
  await each((user, n) =>
    run(n % 2 ? old1 : old0, release0.startSession, [user.session, user.id, user.token]),
  )
  const found = await Promise.all(
    users.flatMap(({ token }) => [
      run(old0, release0.findSession, [token]),
      run(new2, release2.findSession, [token]),
    ]),
  )
  t.strictSame(
    found.map(([session]) => session?.id),
    users.flatMap(({ session }) => [session, session]),
  )
})

t.test('Passwords change while users log in, log out and write on every release', async (t) => {
  await each(async (user, n) => {
    const other = users[(n + 1) % users.length] as User
    // Every user has a second session; every third user ends it on an old server.
    const second = idOf(n + 201)
    await run(old0, release0.startSession, [second, user.id, `second ${n}`])
    if (n % 3 === 0) await run(old1, release0.endSession, [second, user.id])
    const [found] = await run(new2, release2.findUserByEmail, [user.email])
    const change = release2.passwordChanged({
      id: idOf(n + 301),
      userId: user.id,
      version: Number(found?.version) + 1,
      passwordHash: 'new hash',
      sessionId: n % 2 === 0 ? user.session : null,
    })
    const message = { id: idOf(n + 401), srcId: user.id, dstId: other.id, content: `Hello ${n}` }
    const [changed, sent] = await Promise.all([
      run(new2, release2.append, [JSON.stringify(change)]),
      run(new3, release3.append, [JSON.stringify(release3.messageSent(message))]),
    ])
    t.match(changed, [{ verdicts: [{ position: /^\d+$/ }] }])
    t.match(sent, [{ verdicts: [{ position: /^\d+$/ }] }])
  })
})

t.test('No release has the old password after a change', async (t) => {
  const found = await Promise.all(
    users.flatMap(({ email }) => [
      run(old0, release0.findUserByEmail, [email]),
      run(old1, release1.findUserByEmail, [email]),
      run(new2, release2.findUserByEmail, [email]),
    ]),
  )
  t.strictSame([...new Set(found.map(([user]) => user?.password_hash))], ['new hash'])
})

t.test(
  'Each release has the session that stays after a password change, and no other',
  async (t) => {
    const found = await Promise.all(
      users.flatMap(({ token }, n) => [
        run(old0, release0.findSession, [token]),
        run(new2, release2.findSession, [token]),
        run(old0, release0.findSession, [`second ${n}`]),
        run(new2, release2.findSession, [`second ${n}`]),
      ]),
    )
    t.strictSame(
      found.map(([session]) => session?.id),
      users.flatMap(({ session }, n) => {
        const stays = n % 2 === 0 ? session : undefined
        return [stays, stays, undefined, undefined]
      }),
    )
  },
)

t.test('Every release has a renewed hash, and the same sessions as before', async (t) => {
  const sessions = () =>
    Promise.all(
      users.flatMap(({ token }) => [
        run(old0, release0.findSession, [token]),
        run(new2, release2.findSession, [token]),
      ]),
    )
  const before = await sessions()
  await each(async ({ id, email }, n) => {
    const [found] = await run(new4, release2.findUserByEmail, [email])
    const version = Number(found?.version) + 1
    const renewal = { id: idOf(n + 501), userId: id, version, passwordHash: 'costlier hash' }
    const renewed = await run(new4, release4.append, [
      JSON.stringify(release4.passwordRehashed(renewal)),
    ])
    t.match(renewed, [{ verdicts: [{ position: /^\d+$/ }] }])
  })
  const found = await Promise.all(
    users.flatMap(({ email }) => [
      run(old0, release0.findUserByEmail, [email]),
      run(old1, release1.findUserByEmail, [email]),
      run(new2, release2.findUserByEmail, [email]),
    ]),
  )
  t.strictSame([...new Set(found.map(([user]) => user?.password_hash))], ['costlier hash'])
  t.strictSame(await sessions(), before)
})

t.test('Users of every release write to each other', async (t) => {
  const inboxes = await Promise.all(users.map(({ id }) => run(new3, release3.listInbox, [id])))
  t.strictSame(
    inboxes.map((inbox) => inbox.map(({ content }) => content)),
    users.map((_, n) => [`Hello ${(n + users.length - 1) % users.length}`]),
  )
})

t.test(
  'A message from an old server is an unread conversation for a new one, until it is read',
  async (t) => {
    await each(async ({ id }, n) => {
      const other = users[(n + users.length - 1) % users.length] as User
      const find = () => run(new4, release4.findConversation, [id, other.id])
      const upTo = idOf(((n + users.length - 1) % users.length) + 401)
      const [found] = await find()
      t.match(found, { last_id: upTo, unread: 1 })
      const reading = { id: idOf(n + 601), userId: id, withId: other.id, upTo }
      const request = release4.conversationRead({ ...reading, position: found?.last_position })
      t.match(await run(new4, release4.append, [JSON.stringify(request)]), [
        { verdicts: [{ position: /^\d+$/ }] },
      ])
      t.match(await find(), [{ unread: 0 }])
      t.match(await run(new4, release4.findReadAt, [upTo]), [{ read_at: Date }])
    })
  },
)

t.test('A user who is blocked through a new server cannot write through an old one', async (t) => {
  const [ada, bob] = users as [User, User]
  const pair = { id: idOf(701), userId: ada.id, blockedId: bob.id }
  const message = { id: idOf(702), srcId: bob.id, dstId: ada.id, content: 'Hello?' }
  const send = () => run(new3, release3.append, [JSON.stringify(release3.messageSent(message))])
  await run(new4, release6.append, [JSON.stringify(release6.userBlocked(pair))])
  t.match(await send(), [{ verdicts: [{ constraint: /^blocks_\d+__blocked$/ }] }])
  await run(new4, release6.append, [JSON.stringify(release6.userUnblocked(pair))])
  t.match(await send(), [{ verdicts: [{ position: /^\d+$/ }] }])
})

t.test('An old server finds users by username as before', async (t) => {
  const found = await run(old1, release1.findUsersByPrefix, ['user2'])
  t.strictSame(
    found.map(({ username }) => username),
    ['user21', 'user23'],
  )
})
