// What users see of a user whose personal data were erased, and what the erased user can still do, over HTTP and by
// the command line.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import t from 'tap'
import { password, served } from '../../support/http/served.ts'
import { checkout } from '../../support/markdown.ts'
import { epistle, finished, start } from '../../support/service.ts'

const serviceUser = 'ea06bd3d-f03a-58c1-bd97-0a26516bd775'
const { arrive, client, databaseUrl, owner } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]
const folder = await mkdtemp(join(tmpdir(), 'epistle-ledger-'))
t.teardown(() => rm(folder, { recursive: true }))
const ledger = join(folder, 'erasures.jsonl')

/** Runs `epistle forget` to its end. */
const forget = (...args: string[]) =>
  finished(epistle(t, ['forget', ...args], { env: { DATABASE_URL: databaseUrl } }))

const send = (from: typeof ada, to: typeof ada) =>
  from.client.POST('/messages', { body: { to: to.user.id, content: 'Hello' } })

const key = { 'Idempotency-Key': 'a-registration' }
const registration = { email: 'cleo@example.org', username: 'cleo', password }
await client().POST('/users', { params: { header: key }, body: registration })
await send(ada, bob)
await send(bob, ada)
const { data: before } = await bob.client.GET('/events', { params: { query: { after: '0' } } })

t.test('The command erases a user by address, with a line in the ledger', async (t) => {
  const { code, stdout } = await forget(
    'ADA@example.org',
    '--ledger',
    ledger,
    '--messages',
    'content',
  )
  t.equal(code, 0)
  t.match(stdout, /^the personal data of the user are erased, at position \d+$/m)
  const [line = '', ...others] = (await readFile(ledger, 'utf8')).split('\n')
  t.match(JSON.parse(line), { userId: ada.user.id, kept: [], erasedAt: /^\d{4}-/ })
  t.strictSame(others, [''])
})

t.test('An erased user has no session and cannot log in', async (t) => {
  const { response } = await ada.client.GET('/users/me')
  t.equal(response.status, 401)
  const login = await client().POST('/sessions', { body: { email: ada.email, password } })
  t.match(login.error, { code: 'invalid_credentials' })
})

t.test('Others see an erased user without a name, and no text where it was erased', async (t) => {
  const params = { path: { id: ada.user.id } }
  t.strictSame((await bob.client.GET('/users/{id}', { params })).data, {
    ...{ id: ada.user.id, username: null },
  })
  const conversations = await bob.client.GET('/conversations')
  const found = conversations.data?.items.find((each) => each.with.id === ada.user.id)
  t.match(found, { with: { username: null } })
  const { data: messages } = await bob.client.GET('/messages')
  const received = messages?.items.find(({ from }) => from === ada.user.id)
  t.match(received, { content: null, deletedAt: /^\d{4}-/ })
  const own = messages?.items.find(({ to }) => to === ada.user.id)
  t.match(own, { content: 'Hello' }, 'what others sent stays')
})

t.test('A client that resumes its events gets them without the erased data', async (t) => {
  const { data: after } = await bob.client.GET('/events', { params: { query: { after: '0' } } })
  t.equal(after?.items.length, before?.items.length)
  t.notMatch(JSON.stringify(after), /\bada\b/)
})

t.test('No message reaches an erased user', async (t) => {
  t.match((await send(bob, ada)).error, { status: 410, code: 'gone' })
  const dora = await arrive('dora')
  t.match((await send(dora, ada)).error, { status: 422, code: 'recipient_unknown' })
})

t.test('The address and the username of an erased user can be registered again', async (t) => {
  const again = await arrive('ada')
  t.not(again.user.id, ada.user.id)
  t.equal((await send(bob, again)).response.status, 201)
})

t.test(
  'A retry of the registration of an erased user is answered as another request',
  async (t) => {
    const { code } = await forget('cleo@example.org', '--ledger', ledger)
    t.equal(code, 0)
    const { error } = await client().POST('/users', { params: { header: key }, body: registration })
    t.match(error, { status: 422, code: 'idempotency_key_reused' })
  },
)

t.test('The ledger is applied again, whatever is erased already or unknown', async (t) => {
  const unknown = {
    userId: '00000000-0000-4000-8000-00000000abcd',
    kept: [],
    erasedAt: '2026-01-01',
  }
  const toErase = { ...unknown, userId: bob.user.id }
  const lines = [unknown, toErase].map((line) => JSON.stringify(line))
  await writeFile(ledger, `${await readFile(ledger, 'utf8')}${lines.join('\n')}\n{"userId": "cut`)
  const { stdout } = await forget('--apply', ledger)
  t.match(stdout, '1 user is erased, 2 were erased before, 1 is not in this database')
  t.equal((await bob.client.GET('/users/me')).response.status, 401)
  t.match((await forget('--apply', ledger)).stdout, '0 users are erased, 3 were erased before')
})

t.test('A ledger of the settings starts at the checkout, wherever the command runs', async (t) => {
  const eve = await arrive('eve')
  const env = { DATABASE_URL: databaseUrl, FORGET_LEDGER: relative(checkout, join(folder, 'set')) }
  const command = [process.execPath, join(checkout, 'src/main.ts'), 'forget', eve.email]
  // As deep as the checkout, or the path would lead to the same file from both.
  const cwd = join(folder, checkout)
  await mkdir(cwd, { recursive: true })
  const { code, stderr } = await finished(start(t, command, { cwd, env }))
  t.equal(code, 0, stderr)
  t.match(JSON.parse(await readFile(join(folder, 'set'), 'utf8')), { userId: eve.user.id })
})

t.test('The command refuses what it cannot erase', async (t) => {
  await owner.query(
    `insert into log.user_registered_1 (id, email, password_hash, username)
     values ($1, 'epistle@localhost', '!', 'epistle')`,
    [serviceUser],
  )
  for (const [args, message] of [
    [['nobody@example.org'], /no user has this id, e-mail address or username/],
    [['00000000-0000-4000-8000-00000000abcd'], /no user has this id/],
    [[serviceUser], /the user of the service itself cannot be erased/],
    [[serviceUser.toUpperCase()], /the user of the service itself cannot be erased/],
    [['epistle'], /the user of the service itself cannot be erased/],
    [['Epistle@localhost'], /the user of the service itself cannot be erased/],
    [[], /name exactly one user/],
    [['x', '--messages', 'all'], /--messages takes author or content, not "all"/],
  ] as const) {
    const { code, stderr } = await forget(...args)
    t.equal(code, 1)
    t.match(stderr, message)
  }
  const { rows } = await owner.query('select count(*)::int as n from log.erasures')
  t.strictSame(rows, [{ n: 4 }])
})
