// Unread counts, last messages and receipts after random interleavings of sending, editing, deleting
// and reading, each compared with a recount from a model in memory.
import fc from 'fast-check'
import t from 'tap'
import { readConversation } from '../../../src/features/conversations/mark-read.ts'
import { findConversation, listConversations } from '../../../src/features/conversations/queries.ts'
import { deleteMessage, editMessage } from '../../../src/features/messages/edit-and-delete.ts'
import { findMessage } from '../../../src/features/messages/queries.ts'
import { sendMessages } from '../../../src/features/messages/send.ts'
import { openDomain } from '../../support/domain.ts'

const domain = await openDomain(t)
const people: string[] = []
for (const name of ['ada', 'bob', 'cleo', 'dora']) people.push((await domain.register(name)).id)

interface Message {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly position: bigint
  /** The first `readAt` that its sender saw; it must never change. */
  readAt: string | undefined
  isDeleted: boolean
}

/** Everything sent so far, oldest first. */
const sent: Message[] = []
/** The position up to which a user has read a partner's messages, by `<user> <partner>`. */
const read = new Map<string, bigint>()

const anyUser = fc.constantFrom(...people)
const step = fc.oneof(
  fc.record({ from: anyUser, to: anyUser, messages: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ reader: anyUser, message: fc.nat() }),
  fc.record({ change: fc.constantFrom('edit' as const, 'delete' as const), message: fc.nat() }),
)

async function send(from: string, to: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => ({ to, content: `${n}` }))
  const { ids, position } = await sendMessages(domain, { from, messages, metadata: {} })
  for (const [n, id] of ids.entries()) {
    const ofMessage = BigInt(position) - BigInt(count - 1 - n)
    sent.push({ id, from, to, position: ofMessage, readAt: undefined, isDeleted: false })
  }
}

/** Reads up to any message. For a message of two other users that is rejected. */
async function readUpTo(reader: string, message: Message): Promise<void> {
  const withId = message.from === reader ? message.to : message.from
  const reading = { userId: reader, withId, upTo: message.id, metadata: {} }
  if (reader !== message.from && reader !== message.to) {
    await t.rejects(readConversation(domain, reading), { code: 'not_found' })
    return
  }
  await readConversation(domain, reading)
  if (reader === withId) return
  const key = `${reader} ${withId}`
  const before = read.get(key) ?? 0n
  if (message.position > before) read.set(key, message.position)
}

/** The sender edits or deletes a message. A deleted message cannot be edited. */
async function change(kind: 'edit' | 'delete', message: Message): Promise<void> {
  const { id: messageId, from: by } = message
  const common = { messageId, by, precondition: () => undefined, metadata: {} }
  if (kind === 'delete') {
    await deleteMessage(domain, common)
    message.isDeleted = true
  } else {
    const content = `edited ${Math.random()}`
    await editMessage(domain, { ...common, content }).catch((error) => {
      t.equal(error.code, 'conflict')
    })
  }
}

function between(user: string, partner: string): Message[] {
  return sent.filter(
    ({ from, to }) => (from === user && to === partner) || (from === partner && to === user),
  )
}

/** The conversations of a user by a recount, the one with the newest message first. */
function recount(user: string) {
  return people
    .flatMap((partner) => {
      const messages = between(user, partner)
      const last = messages.at(-1)
      const upTo = read.get(`${user} ${partner}`) ?? 0n
      const unread = messages.filter(
        ({ from, position, isDeleted }) =>
          from === partner && from !== user && position > upTo && !isDeleted,
      )
      return last ? [{ withId: partner, id: last.id, unread: unread.length, last }] : []
    })
    .sort((a, b) => (a.last.position > b.last.position ? -1 : 1))
    .map(({ last: _, ...conversation }) => conversation)
}

/** Reads a whole list, two conversations per page. */
async function walk(user: string, order: 'asc' | 'desc') {
  const found = []
  let key: string | undefined = order === 'asc' ? '1' : undefined
  for (;;) {
    const request = { order, fetch: 3, ...(key !== undefined && { key }) }
    const { rows, unreadTotal } = await listConversations(domain.pool, user, request)
    found.push(...rows.slice(0, 2).map(({ withId, id, unread }) => ({ withId, id, unread })))
    if (rows.length < 3) return { found, unreadTotal }
    key = rows[1]?.position
  }
}

async function checkReceipts(): Promise<void> {
  for (const message of sent) {
    const row = await findMessage(domain.pool, message.id, message.from)
    const upTo = read.get(`${message.to} ${message.from}`) ?? 0n
    t.equal(
      row?.readAt !== null,
      upTo >= message.position,
      'the sender sees which messages were read',
    )
    if (message.readAt) t.same(row?.readAt, message.readAt, 'a receipt does not change')
    message.readAt = row?.readAt ?? undefined
    if (message.from === message.to) continue
    const theirs = await findMessage(domain.pool, message.id, message.to)
    t.equal(theirs?.readAt, null, 'the recipient sees no receipt')
  }
}

t.test('Conversation counts equal a recount after any interleaving', async (t) => {
  const rounds = fc.sample(fc.array(step, { minLength: 1, maxLength: 8 }), { numRuns: 25, seed: 7 })
  for (const steps of rounds) {
    const existing = [...sent]
    await Promise.all(
      steps.map(async (each) => {
        if ('from' in each) return send(each.from, each.to, each.messages)
        const message = existing[each.message % Math.max(1, existing.length)]
        if (!message) return
        if ('reader' in each) await readUpTo(each.reader, message)
        else await change(each.change, message)
      }),
    )
    sent.sort((a, b) => (a.position < b.position ? -1 : 1))
    for (const user of people) {
      const expected = recount(user)
      const unreadTotal = expected.reduce((sum, { unread }) => sum + unread, 0)
      t.same(await walk(user, 'desc'), { found: expected, unreadTotal })
      t.same((await walk(user, 'asc')).found, expected.toReversed())
      for (const { withId, unread } of expected) {
        t.match(await findConversation(domain.pool, user, withId), { unread })
      }
    }
  }
  await checkReceipts()
  t.ok(sent.length > 60 && read.size > 6, `${sent.length} messages, ${read.size} readers`)
})

t.test('Concurrent receipts from many devices leave the newest one in effect', async (t) => {
  const [ada, bob] = [await domain.register('ada2'), await domain.register('bob2')]
  const messages = Array.from({ length: 20 }, (_, n) => ({ to: bob.id, content: `${n}` }))
  const { ids } = await sendMessages(domain, { from: ada.id, messages, metadata: {} })
  const reading = { userId: bob.id, withId: ada.id, metadata: {} }
  const upTo = [...ids.slice(5, 18)].sort(() => 0.5 - Math.random())
  await Promise.all(upTo.map((id) => readConversation(domain, { ...reading, upTo: id })))
  t.match(await findConversation(domain.pool, bob.id, ada.id), { unread: 2 })
  const { rows } = await domain.pool.query(
    'select up_to_position from log.conversation_read_4 where user_id = $1 order by position',
    [bob.id],
  )
  const positions = rows.map(({ up_to_position }) => Number(up_to_position))
  t.same(
    positions,
    [...positions].sort((a, b) => a - b),
    'receipts in the log never go back',
  )
})
