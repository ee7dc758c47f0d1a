// The block aggregate: events given, command, events expected.
import t from 'tap'
import { block, blockId } from '../../../src/features/blocks/block.ts'
import type { UserBlocked, UserUnblocked } from '../../../src/features/blocks/events.ts'
import { given } from '../../support/given.ts'

const pair = { userId: 'ada', blockedId: 'bob' }
const data = { id: blockId('ada', 'bob'), ...pair }
const blocked: UserBlocked = { type: 'UserBlocked', data }
const unblocked: UserUnblocked = { type: 'UserUnblocked', data }

t.test('A user blocks and unblocks another user repeatedly', async (t) => {
  t.same(given(block).when({ type: 'BlockUser', ...pair }), [blocked])
  t.same(given(block, blocked).when({ type: 'UnblockUser', ...pair }), [unblocked])
  t.same(given(block, blocked, unblocked).when({ type: 'BlockUser', ...pair }), [blocked])
})

t.test('Blocking a blocked user and unblocking an unblocked one change nothing', async (t) => {
  t.same(given(block, blocked).when({ type: 'BlockUser', ...pair }), [])
  t.same(given(block).when({ type: 'UnblockUser', ...pair }), [])
  t.same(given(block, blocked, unblocked).when({ type: 'UnblockUser', ...pair }), [])
})

t.test('A block in one direction is not a block in the other', async (t) => {
  t.not(blockId('bob', 'ada'), data.id)
})
