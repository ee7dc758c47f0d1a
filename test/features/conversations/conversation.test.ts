// The conversation as a story: read further, and never back.
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

t.test('somebody reads what another one wrote, up to a message', async (t) => {
  t.same(given(conversation).when(read), [wasRead])
})

t.test('reading further is told again', async (t) => {
  const further = { ...read, upTo: 'n', upToPosition: 10 }
  t.match(given(conversation, wasRead).when(further), [{ data: { upTo: 'n' } }])
})

t.test('what was read is not read again, nor taken back', async (t) => {
  t.same(given(conversation, wasRead).when(read), [])
  t.same(given(conversation, wasRead).when({ ...read, upToPosition: 8 }), [])
  const { state } = given(conversation, wasRead, {
    ...wasRead,
    data: { ...wasRead.data, upToPosition: 3 },
  })
  t.same(state, { readPosition: 9 })
})

t.test('nobody has to read what he wrote himself', async (t) => {
  t.same(given(conversation).when({ ...read, withId: 'ada' }), [])
})

t.test('each of the two reads in a stream of his own', async (t) => {
  t.equal(conversationId('ada', 'bob'), id)
  t.not(conversationId('bob', 'ada'), id)
})
