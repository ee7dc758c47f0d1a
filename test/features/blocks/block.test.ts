// The block as a story: there, and not there.
import t from 'tap'
import { block, blockId } from '../../../src/features/blocks/block.ts'
import type { UserBlocked, UserUnblocked } from '../../../src/features/blocks/events.ts'
import { given } from '../../support/given.ts'

const pair = { userId: 'ada', blockedId: 'bob' }
const data = { id: blockId('ada', 'bob'), ...pair }
const blocked: UserBlocked = { type: 'UserBlocked', data }
const unblocked: UserUnblocked = { type: 'UserUnblocked', data }

t.test('somebody blocks another one, and takes it back, over and over', async (t) => {
  t.same(given(block).when({ type: 'BlockUser', ...pair }), [blocked])
  t.same(given(block, blocked).when({ type: 'UnblockUser', ...pair }), [unblocked])
  t.same(given(block, blocked, unblocked).when({ type: 'BlockUser', ...pair }), [blocked])
})

t.test('what is so already happens no second time', async (t) => {
  t.same(given(block, blocked).when({ type: 'BlockUser', ...pair }), [])
  t.same(given(block).when({ type: 'UnblockUser', ...pair }), [])
  t.same(given(block, blocked, unblocked).when({ type: 'UnblockUser', ...pair }), [])
})

t.test('to be blocked by somebody is not to block him', async (t) => {
  t.not(blockId('bob', 'ada'), data.id)
})
