// The owner of an address that a stranger registered first chooses the account's username while verifying
// the address: by the link of either mail, once, and in a race with other registrations.
import t from 'tap'
import type { Turn } from '../../../src/platform/fair-queue.ts'
import { openDomain } from '../../support/domain.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t, { REQUIRE_VERIFIED_EMAIL: 'true' })
const { client, another, mailsTo, untilNoTasksLeft } = service
await service.startWorker()
const second = await another()

const register = (email: string, username: string, url?: string) =>
  client(undefined, url).POST('/users', { body: { email, username, password } })
const verify = (token: string, username?: string) =>
  client().POST('/email-verifications', { body: { token, ...(username && { username }) } })
const reset = (token: string, username?: string) =>
  client().POST('/password-resets/confirm', {
    body: { token, newPassword: 'the words of its owner', ...(username && { username }) },
  })

async function linkTo(email: string, subject: RegExp, count = 1) {
  const [newest] = (await mailsTo(email, subject, count)).slice(-1)
  return linkIn(newest ?? {})
}
const verification = /Confirm your e-mail address/

async function profileOf(email: string, own = password) {
  const { data } = await client().POST('/sessions', { body: { email, password: own } })
  return data && { ...data.user, client: client(data.token) }
}

t.test('A registration with a login is refused before it shows or changes anything', async (t) => {
  const call = (body: object) =>
    service.send('/users', { method: 'POST', body: JSON.stringify({ ...body, password }) })
  await call({ username: 'ann', email: 'ann@example.org' })
  await service.untilNoTasksLeft()
  const before = await service.owner.query('select max(position) from log.events')
  const answers = []
  for (const [username, email] of [
    ['ann', 'ann@example.org'],
    ['zoe', 'ann@example.org'],
    ['zoe', 'free@example.org'],
  ]) {
    const response = await call({ email, username, logIn: true })
    const { code, errors } = (await response.json()) as { code: string; errors: object[] }
    answers.push({ status: response.status, code })
    t.match(errors, [{ pointer: '/logIn', code }])
  }
  t.strictSame(answers, Array(3).fill({ status: 422, code: 'verification_required' }))
  t.strictSame(
    (await service.owner.query('select max(position) from log.events')).rows,
    before.rows,
  )
  t.equal(
    (await call({ username: 'zoe', email: 'zoe@example.org' })).status,
    202,
    'the username was not reserved',
  )
})

t.test(
  'The owner of an address gets the username that the first registration kept from them',
  async (t) => {
    const email = 'ada@example.org'
    await register(email, 'squatter')
    t.equal((await register(email, 'ada')).response.status, 202)
    const { link, token } = await linkTo(email, /Set a password/)
    t.match(link, /#token=[\w-]{43}&username=squatter$/)
    t.equal(
      (await register('eve@example.org', 'ada')).error?.code,
      'username_taken',
      'it is reserved',
    )
    t.equal((await reset(token, 'Ada')).response.status, 204)
    const ada = await profileOf(email, 'the words of its owner')
    t.match(ada, { username: 'ada', emailVerified: true })
    const { data } = await (ada?.client ?? client()).GET('/users/me/history')
    const types = data?.items.map(({ type }) => type) ?? []
    t.strictSame(types.slice(1, 4), ['username_changed', 'email_verified', 'password_reset'])
    const found = await (ada?.client ?? client()).GET('/users', {
      params: { query: { username: 'ada' } },
    })
    t.match(found.data?.items, [{ id: ada?.id, username: 'ada' }])
    t.match(await client().GET('/users/me'), { error: { code: 'unauthenticated' } })
  },
)

t.test(
  'A verification link lets its owner choose a username, and keeps it without one',
  async (t) => {
    await register('bob@example.org', 'bob')
    await register('cid@example.org', 'not-cid')
    const [bob, cid] = await Promise.all([
      linkTo('bob@example.org', verification),
      linkTo('cid@example.org', verification),
    ])
    t.match(cid.link, /&username=not-cid$/)
    t.match(await verify(cid.token, 'x'), { error: { code: 'validation_failed' } })
    t.match(await verify(cid.token, 'admin'), { error: { code: 'validation_failed' } })
    for (const taken of ['bob', 'ada'])
      t.equal((await verify(cid.token, taken)).error?.code, 'username_taken')
    t.equal((await verify(cid.token, 'cid')).response.status, 204, 'the token has stayed valid')
    t.equal((await verify(bob.token)).response.status, 204)
    t.match(await profileOf('cid@example.org'), { username: 'cid' })
    t.match(await profileOf('bob@example.org'), { username: 'bob' })
  },
)

t.test('A username can be chosen only in the first verification', async (t) => {
  const email = 'bob@example.org'
  await client().POST('/password-resets', { body: { email } })
  const { link, token } = await linkTo(email, /Reset your Epistle password/)
  t.match(link, /#token=[\w-]{43}$/, 'the page of a verified user offers none')
  t.equal((await reset(token, 'robert')).error?.code, 'already_verified')
  t.equal((await reset(token, 'bob')).response.status, 204, 'the present name changes nothing')
  t.match(await profileOf(email, 'the words of its owner'), { username: 'bob' })
})

t.test('A username reserved for another address cannot be chosen', async (t) => {
  await register('bob@example.org', 'wanted')
  await register('dan@example.org', 'dan')
  const { token } = await linkTo('dan@example.org', verification)
  t.equal((await verify(token, 'wanted')).error?.code, 'username_taken')
  t.equal((await verify(token, 'daniel')).response.status, 204)
  t.equal((await register('new@example.org', 'daniel')).error?.code, 'username_taken')
})

t.test('Requests with one token reserve no username but the one that the user gets', async (t) => {
  await register('eli@example.org', 'eli')
  const { token } = await linkTo('eli@example.org', verification)
  const names = Array.from({ length: 12 }, (_, n) => `many${n}`)
  const answers = await Promise.all(names.map((name) => verify(token, name)))
  t.equal(answers.filter(({ response }) => response.ok).length, 1)
  const chosen = (await profileOf('eli@example.org'))?.username
  for (const name of names.filter((name) => name !== chosen)) {
    t.equal((await register(`${name}@example.org`, name)).response.status, 202, name)
  }
  t.equal((await register('late@example.org', chosen ?? '')).error?.code, 'username_taken')
})

t.test(
  'A choice that fails after its claim, or whose client leaves, reserves nothing',
  async (t) => {
    const { pool, usernames, resetPassword, register: enter } = await openDomain(t)
    const { id: userId, email } = await enter('finn')
    const reset = (username: string, turn: Turn, version = 1) =>
      resetPassword({ userId, version, newPassword: password, turn, username, metadata: {} })
    const other = { email: 'other@example.org', request: 'another' }
    await t.rejects(reset('gone', { key: 'x', gone: AbortSignal.abort() }))
    const claim = (username: string, by: string, append: () => Promise<unknown>) =>
      usernames.claim({ username, email: by }, append)
    const fail = () => Promise.reject(new Error('no append'))
    await t.rejects(claim('failed', email, fail), { message: 'no append' })
    for (const username of ['gone', 'failed']) {
      t.ok(await usernames.reserve({ username, ...other }), username)
    }
    await usernames.reserve({ username: 'kept', email, request: 'own' })
    await t.rejects(claim('kept', email, fail), { message: 'no append' })
    t.notOk(await usernames.reserve({ username: 'kept', ...other }), 'it was reserved before')
    await t.resolves(
      claim('kept', email, async () => undefined),
      'and stays with its address',
    )
    await claim('free', email, async () => {
      const { rows } = await pool.query(
        `select count(*)::int from limits.counts where key ~ '^username:' and expire <= $1`,
        [Date.now() + 60_000],
      )
      t.match(rows, [{ count: 1 }], 'what a server that dies leaves reserved ends within a minute')
      const both = claim('free', other.email, async () => undefined)
      await t.rejects(both, { code: 'username_taken' }, 'of two addresses one claims a name')
      t.notOk(await usernames.reserve({ username: 'free', ...other }))
    })
  },
)

t.test(
  'Of a choice and registrations of one username on two servers exactly one succeeds',
  async (t) => {
    for (let turn = 0; turn < 4; turn += 1) {
      const [email, name] = [`own${turn}@example.org`, `race${turn}`]
      await register(email, `first${turn}`)
      const { token } = await linkTo(email, verification)
      const codes = await Promise.all([
        register(`a${turn}@example.org`, name),
        verify(token, name),
        register(`b${turn}@example.org`, name, second),
      ])
      const won = codes.filter(({ response }) => response.ok)
      t.equal(won.length, 1)
      for (const { error } of codes) if (error) t.equal(error.code, 'username_taken')
    }
    await untilNoTasksLeft()
  },
)

t.test(
  'Without reservations the constraint alone decides, and the earlier name becomes free',
  async (t) => {
    const open = await servedWithMail(t)
    await open.startWorker()
    const enter = (email: string, username: string, url?: string) =>
      open.client(undefined, url).POST('/users', { body: { email, username, password } })
    const email = 'fay@example.org'
    await enter(email, 'squatter')
    t.equal((await enter(email, 'fay')).error?.code, 'email_taken')
    const [mail] = await open.mailsTo(email, verification)
    const { token } = linkIn(mail ?? {})
    const choose = (username: string) =>
      open.client().POST('/email-verifications', { body: { token, username } })
    const other = await open.another()
    const answers = await Promise.all([enter('gus@example.org', 'fay', other), choose('fay')])
    t.strictSame(
      answers.map(({ response }) => response.status).sort(),
      answers[1].response.ok ? [204, 409] : [201, 409],
    )
    if (!answers[1].response.ok) t.equal((await choose('fay2')).response.status, 204)
    t.equal((await enter('hal@example.org', 'squatter')).response.status, 201)
  },
)
