// The message as a story, a short one.
import t from 'tap'
import type { MessageSent } from '../../src/messaging/events.ts'
import { message, type SendMessage } from '../../src/messaging/message.ts'
import { given } from '../given.ts'

const send: SendMessage = { type: 'SendMessage', id: 'm', from: 'ada', to: 'bob', content: ' Hi\n' }
const sent: MessageSent = {
  type: 'MessageSent',
  data: { id: 'm', srcId: 'ada', dstId: 'bob', content: ' Hi\n' },
}

t.test('a message is sent with its content as it is', async (t) => {
  t.same(given(message).when(send), [sent])
})

t.test('a user may write to himself', async (t) => {
  t.match(given(message).when({ ...send, to: 'ada' }), [{ data: { srcId: 'ada', dstId: 'ada' } }])
})

t.test('no message is sent twice', async (t) => {
  t.throws(() => given(message, sent).when(send), { code: 'conflict' })
})
