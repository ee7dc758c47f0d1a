// The conversation aggregate: receipts move forward and never back.
import t from 'tap'
import {
  conversation,
  conversationId,
  type ReadConversation,
} from '../../../src/features/conversations/conversation.ts'
import type { ConversationRead } from '../../../src/features/conversations/events.ts'
import { given } from '../../support/given.ts'

const id = conversationId('ada', 'bob')
const data = { userId: 'ada', withId: 'bob', upTo: 'm', upToPosition: 9 }
const read: ReadConversation = { type: 'ReadConversation', ...data }
const wasRead: ConversationRead = { type: 'ConversationRead', data: { id, ...data } }

t.test('A receipt marks messages as read up to a given message', async (t) => {
  t.same(given(conversation).when(read), [wasRead])
})

t.test('A receipt for a newer message is recorded', async (t) => {
  const further = { ...read, upTo: 'n', upToPosition: 10 }
  t.match(given(conversation, wasRead).when(further), [{ data: { upTo: 'n' } }])
})

t.test('A receipt for the same or an older message changes nothing', async (t) => {
  t.same(given(conversation, wasRead).when(read), [])
  t.same(given(conversation, wasRead).when({ ...read, upToPosition: 8 }), [])
  const { state } = given(conversation, wasRead, {
    ...wasRead,
    data: { ...wasRead.data, upToPosition: 3 },
  })
  t.same(state, { readPosition: 9 })
})

t.test('A receipt in a conversation with oneself changes nothing', async (t) => {
  t.same(given(conversation).when({ ...read, withId: 'ada' }), [])
})

t.test('A conversation has one stream of receipts for each of its two users', async (t) => {
  t.equal(conversationId('ada', 'bob'), id)
  t.not(conversationId('bob', 'ada'), id)
})
