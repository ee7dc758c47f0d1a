// The message aggregate: sent, edited, deleted.
import t from 'tap'
import type {
  MessageDeleted,
  MessageEdited,
  MessageSent,
} from '../../../src/features/messages/events.ts'
import {
  type EditMessage,
  message,
  type SendMessage,
} from '../../../src/features/messages/message.ts'
import { given } from '../../support/given.ts'

const send: SendMessage = { type: 'SendMessage', id: 'm', from: 'ada', to: 'bob', content: ' Hi\n' }
const sent: MessageSent = {
  type: 'MessageSent',
  data: { id: 'm', srcId: 'ada', dstId: 'bob', content: ' Hi\n' },
}

t.test('A sent message keeps its content unchanged', async (t) => {
  t.same(given(message).when(send), [sent])
})

t.test('A user may send a message to their own account', async (t) => {
  t.match(given(message).when({ ...send, to: 'ada' }), [{ data: { srcId: 'ada', dstId: 'ada' } }])
})

t.test('A message cannot be sent twice', async (t) => {
  t.throws(() => given(message, sent).when(send), { code: 'conflict' })
})

const edit: EditMessage = { type: 'EditMessage', id: 'e', by: 'ada', content: 'Hi!' }
const edited: MessageEdited = {
  type: 'MessageEdited',
  data: { id: 'e', messageId: 'm', srcId: 'ada', dstId: 'bob', content: 'Hi!' },
}
const deletion = { type: 'DeleteMessage', id: 'd', by: 'ada' } as const
const deleted: MessageDeleted = {
  type: 'MessageDeleted',
  data: { id: 'd', messageId: 'm', srcId: 'ada', dstId: 'bob' },
}

t.test('The sender can edit a message more than once', async (t) => {
  t.same(given(message, sent).when(edit), [edited])
  t.match(given(message, sent, edited).when({ ...edit, content: ' Hi\n' }), [
    { data: { content: ' Hi\n' } },
  ])
})

t.test('Editing a message to its current content records no event', async (t) => {
  t.same(given(message, sent).when({ ...edit, content: ' Hi\n' }), [])
  t.same(given(message, sent, edited).when(edit), [])
})

t.test('The sender can delete a message, and a second deletion records no event', async (t) => {
  t.same(given(message, sent, edited).when(deletion), [deleted])
  t.same(given(message, sent, deleted).when(deletion), [])
})

t.test('A deleted message cannot be edited', async (t) => {
  t.throws(() => given(message, sent, deleted).when(edit), { code: 'conflict' })
  t.match(given(message, sent, deleted, edited).state, { status: 'deleted' })
})

t.test('A user who is not the sender cannot edit or delete a message', async (t) => {
  for (const events of [[], [sent], [sent, deleted]]) {
    for (const command of [edit, deletion]) {
      t.throws(() => given(message, ...events).when({ ...command, by: 'bob' }), {
        code: 'not_found',
      })
    }
  }
})
