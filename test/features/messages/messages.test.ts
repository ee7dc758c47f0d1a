// Sending messages, and every kind of list, compared with a model in memory.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import type { Box } from '../../../src/features/messages/boxes.ts'
import {
  findMessage,
  listMessages,
  type MessageRow,
} from '../../../src/features/messages/queries.ts'
import { sendMessages } from '../../../src/features/messages/send.ts'
import type { Order } from '../../../src/platform/postgres/page.ts'
import { openDomain } from '../../support/domain.ts'

const domain = await openDomain(t)
const people: string[] = []
for (const name of ['ada', 'bob', 'cleo']) people.push((await domain.register(name)).id)
const [ada, bob, cleo] = people as [string, string, string]

const untouched = { editedAt: null, deletedAt: null, readAt: null }

/** Everything sent so far, oldest first. */
const model: MessageRow[] = []

async function send(from: string, to: string, content: string): Promise<MessageRow> {
  const messages = [{ to, content }]
  const { ids, recordedAt, position } = await sendMessages(domain, { from, messages, metadata: {} })
  const row = {
    id: String(ids[0]),
    from,
    to,
    content,
    ...untouched,
    sentAt: recordedAt.toISOString(),
    version: 1,
    position,
  }
  model.push(row)
  return row
}

t.test('A message is found only by its sender and its recipient', async (t) => {
  const sent = await send(ada, bob, '  Hi Bob,\r\n\ttabs, “quotes”, 🦉 \u200b ')
  t.same(await findMessage(domain.pool, sent.id, ada), sent)
  t.same(await findMessage(domain.pool, sent.id, bob), sent)
  t.equal(await findMessage(domain.pool, sent.id, cleo), undefined)
  t.equal(await findMessage(domain.pool, randomUUID(), ada), undefined)
})

t.test('A message to an unknown user is rejected and not recorded', async (t) => {
  const lost = { to: randomUUID(), content: 'Hello?' }
  const sending = sendMessages(domain, { from: ada, messages: [lost], metadata: {} })
  await t.rejects(sending, { code: 'recipient_unknown' })
  const { rows } = await domain.pool.query('select from log.message_sent_3 where dst_id = $1', [
    lost.to,
  ])
  t.equal(rows.length, 0)
})

t.test('A message to oneself is in both boxes, and once in the list of both boxes', async (t) => {
  const note = await send(cleo, cleo, 'Buy milk')
  const page = { order: 'desc', fetch: 10 } as const
  for (const box of ['inbox', 'sent', undefined] as const) {
    t.same(await listMessages(domain.pool, { userId: cleo, box }, page), [note], box ?? 'both')
    t.same(await listMessages(domain.pool, { userId: cleo, box, with: cleo }, page), [note])
  }
})

t.test('Every list of messages equals the model, in its order', async (t) => {
  const senders = fc.sample(fc.tuple(fc.nat(2), fc.nat(2)), 60)
  for (const [index, [from, to]] of senders.entries()) {
    await send(people[from] as string, people[to] as string, `number ${index}`)
  }
  const positions = ['1', ...model.map((row) => row.position), '9223372036854775807']
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...people),
      fc.constantFrom<Box | undefined>('inbox', 'sent', undefined),
      fc.constantFrom(undefined, ...people),
      fc.constantFrom<Order>('asc', 'desc'),
      fc.constantFrom(...positions),
      fc.integer({ min: 1, max: 70 }),
      async (userId, box, other, order, key, fetch) => {
        const rows = await listMessages(
          domain.pool,
          { userId, box, with: other },
          { key, order, fetch },
        )
        const received = (row: MessageRow) => row.to === userId && row.from === (other ?? row.from)
        const sent = (row: MessageRow) => row.from === userId && row.to === (other ?? row.to)
        const expected = model
          .filter((row) => (box !== 'sent' && received(row)) || (box !== 'inbox' && sent(row)))
          .filter((row) => {
            const [a, b] = [BigInt(row.position), BigInt(key)]
            return order === 'asc' ? a > b : a < b
          })
        if (order === 'desc') expected.reverse()
        t.same(rows, expected.slice(0, fetch))
      },
    ),
    { numRuns: 150 },
  )
})
