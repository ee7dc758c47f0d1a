// The feed of the admin port: pages, who may read what, erasures, and answers to wrong requests.
import t from 'tap'
import { createFeedReader } from '../../../src/platform/feed/read-feed.ts'
import { feedReader, publishedShapes } from '../../../src/published-events.ts'
import {
  asLog,
  bearer,
  FEED_TOKENS,
  openToken,
  personalToken,
  readAll,
  readLog,
  readPage,
} from '../../support/feed.ts'
import { served } from '../../support/http/served.ts'

const { server, owner, arrive } = await served(t, { ADMIN_PORT: '0', FEED_TOKENS })
const adminUrl = server.adminUrl ?? ''
const ada = await arrive('ada')
const bob = await arrive('bob')
for (const content of ['one', 'two', 'three']) {
  await ada.client.POST('/messages', { body: { to: bob.user.id, content } })
}
const { rows } = await owner.query('select max(position) as last from log.events')
const last = BigInt(rows[0].last)

t.test('Pages of any length together are the log', async (t) => {
  const log = await readLog(owner)
  for (const more of ['limit=1', 'limit=3', 'limit=500', '']) {
    t.strictSame(asLog(await readAll(adminUrl, openToken, { upTo: last, more })), log, more)
  }
  const page = await readPage(adminUrl, `after=${last}`, openToken)
  const end = String(last)
  t.strictSame(page, { events: [], position: end, cursor: end, next: undefined })
})

t.test('A page that is cut has a link to the next one', async (t) => {
  const first = await readPage(adminUrl, 'after=0&limit=2&types=message_sent', openToken)
  t.equal(first.events.length, 2)
  t.equal(first.cursor, `${first.position}.${first.events.at(-1)?.id}`)
  t.equal(first.next, `/feed?after=${first.cursor}&limit=2&types=message_sent`)
})

t.test('types chooses events, and the position passes the others', async (t) => {
  const page = await readPage(adminUrl, 'types=message_sent,session_started', openToken)
  t.strictSame(
    page.events.map(({ type }) => type),
    ['session_started', 'session_started', 'message_sent', 'message_sent', 'message_sent'],
  )
  t.equal(page.position, String(last))
  t.strictSame(
    (await readPage(adminUrl, 'types=user_blocked', openToken)).position,
    String(last),
    'where none was chosen',
  )
})

t.test('Personal data are for consumers with that scope, and secrets for none', async (t) => {
  const open = await readAll(adminUrl, openToken, { upTo: last })
  const personal = await readAll(adminUrl, personalToken, { upTo: last })
  const [of] = open.filter(({ type }) => type === 'user_registered')
  t.strictSame(of?.data, { id: ada.user.id })
  const [registered] = personal.filter(({ type }) => type === 'user_registered')
  t.strictSame(registered?.data, { id: ada.user.id, email: ada.email, username: 'ada' })
  const [sent] = personal.filter(({ type }) => type === 'message_sent')
  t.match(sent?.data, { from: ada.user.id, to: bob.user.id, content: 'one' })
  t.strictSame(Object.keys(open.find(({ type }) => type === 'message_sent')?.data ?? {}), [
    'id',
    'from',
    'to',
  ])
  const { rows } = await owner.query(
    `select password_hash as secret from log.user_registered_1
     union all select encode(token_hash, 'hex') from log.session_started_10`,
  )
  t.equal(rows.length, 4)
  for (const { secret } of rows) {
    for (const feed of [open, personal]) t.notMatch(JSON.stringify(feed), secret)
  }
  for (const secret of ['ada@example.org', '"one"']) t.notMatch(JSON.stringify(open), secret)
})

t.test('Only a token of FEED_TOKENS reads the feed', async (t) => {
  for (const headers of [{}, bearer('another'), { authorization: openToken }]) {
    const answer = await fetch(`${adminUrl}/feed`, { headers })
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), 'epistle-feed')
  }
  t.equal((await fetch(`${server.url}/feed`, { headers: bearer(openToken) })).status, 404)
  const other = await fetch(`${adminUrl}/nothing`, { headers: bearer(openToken) })
  t.equal(other.status, 404)
})

t.test('A wrong request gets an error about its parameter', async (t) => {
  const wrong = {
    'after=x': { code: 'invalid_format', parameter: 'after' },
    'after=1.x': { code: 'invalid_format', parameter: 'after' },
    [`after=${'9'.repeat(20)}`]: { code: 'invalid_format', parameter: 'after' },
    'types=message_sent,nothing': { code: 'not_one_of', parameter: 'types' },
    'types=message_sent_3': { code: 'not_one_of', parameter: 'types' },
    'limit=0': { parameter: 'limit' },
    'limit=501': { parameter: 'limit' },
    'before=1': { code: 'unknown_field', parameter: 'before' },
  }
  for (const [query, error] of Object.entries(wrong)) {
    const answer = await fetch(`${adminUrl}/feed?${query}`, { headers: bearer(openToken) })
    t.match(await answer.json(), { code: 'validation_failed', errors: [error] }, query)
  }
})

t.test('A cursor of another event, or beyond the log, is unknown', async (t) => {
  const [first, second] = (await readPage(adminUrl, 'limit=2', openToken)).events
  const cursors = [
    `${last + 1n}`,
    '9'.repeat(19),
    `${last + 1n}.${first?.id}`,
    `${'9'.repeat(19)}.${first?.id}`,
    `${second?.position}.${first?.id}`,
    `0.${first?.id}`,
  ]
  for (const cursor of cursors) {
    const answer = await fetch(`${adminUrl}/feed?after=${cursor}`, { headers: bearer(openToken) })
    t.equal(answer.status, 412, cursor)
    t.match(await answer.json(), { code: 'position_unknown', errors: [{ parameter: 'after' }] })
  }
  const right = `${first?.position}.${first?.id}`
  const request = { limit: 1, personal: false }
  const { events } = await feedReader.read(owner, { ...request, after: right })
  t.match(events, [{ id: second?.id }])
  const wrong = feedReader.read(owner, { ...request, after: `${second?.position}.${first?.id}` })
  await t.rejects(wrong, { name: 'CursorUnknownError' }, 'each page compares it')
})

t.test('The feed ends before an event that this server does not know', async (t) => {
  const { message_sent_3: _, ...known } = publishedShapes
  const older = createFeedReader(known)
  const request = { after: '0', limit: 500, personal: false }
  const page = await older.read(owner, request)
  const log = await readLog(owner)
  const first = log.findIndex((event) => event.endsWith('message_sent'))
  t.equal(page.events.length, first)
  t.equal(page.more, true)
  const next = older.read(owner, { ...request, after: page.position })
  await t.rejects(next, { code: 'unknown_event', type: 'message_sent_3' })
  const others = await older.read(owner, { ...request, types: new Set(['session_started']) })
  t.equal(others.position, String(last), 'a consumer that did not ask for it goes on')
  const { user_registered_1: shape, ...rest } = publishedShapes
  if (!shape) throw new Error('there is a shape')
  const before = createFeedReader({ ...rest, user_registered_0: shape })
  await t.rejects(before.read(owner, request), { code: 'unknown_event', type: 'user_registered_1' })
})

t.test('An erased event is published blanked, at its old place', async (t) => {
  const log = await readLog(owner)
  await owner.query(`select log.forget($1, 'asked for it')`, [ada.user.id])
  const { rows } = await owner.query('select max(position) as last from log.events')
  const feed = await readAll(adminUrl, personalToken, { upTo: BigInt(rows[0].last) })
  t.strictSame(asLog(feed).slice(0, log.length), log)
  t.match(feed.at(-1), { type: 'user_forgotten', data: { userId: ada.user.id, kept: [] } })
  const [registered] = feed.filter(({ type }) => type === 'user_registered')
  const blanked = { id: ada.user.id, email: `forgotten:${ada.user.id}`, username: null }
  t.strictSame(registered?.data, blanked)
  const contents = feed
    .filter(({ type }) => type === 'message_sent')
    .map(({ data }) => data.content)
  t.strictSame(contents, ['', '', ''])
  t.notMatch(JSON.stringify(feed), 'ada@example.org')
})
