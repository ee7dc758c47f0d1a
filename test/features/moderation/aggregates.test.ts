// The aggregates of suspensions and reports: events given, command, events expected.
import t from 'tap'
import type { SuspensionEvent } from '../../../src/features/moderation/events.ts'
import { report } from '../../../src/features/moderation/report.ts'
import { suspension, suspensionId } from '../../../src/features/moderation/suspension.ts'
import { given } from '../../support/given.ts'

const id = suspensionId('ada')
const suspend = { type: 'SuspendUser', userId: 'ada', reason: 'spam', actor: 'Olga' } as const
const reinstate = { type: 'ReinstateUser', userId: 'ada', actor: 'Olga' } as const
const suspended: SuspensionEvent = {
  type: 'UserSuspended',
  data: { id, userId: 'ada', reason: 'spam', actor: 'Olga' },
}
const reinstated: SuspensionEvent = {
  type: 'UserReinstated',
  data: { id, userId: 'ada', actor: 'Olga' },
}

t.test('A user is suspended and reinstated repeatedly', async (t) => {
  t.same(given(suspension).when(suspend), [suspended])
  t.same(given(suspension, suspended).when(reinstate), [reinstated])
  t.same(given(suspension, suspended, reinstated).when(suspend), [suspended])
})

t.test('Suspending a suspended user and reinstating another change nothing', async (t) => {
  t.same(given(suspension, suspended).when({ ...suspend, reason: 'threats' }), [])
  t.same(given(suspension).when(reinstate), [])
  t.same(given(suspension, suspended, reinstated).when(reinstate), [])
})

const data = { id: 'r1', userId: 'bob', messageId: 'm1', reportedId: 'ada', reason: 'spam' }
const reported = { type: 'MessageReported', data } as const
const act = { outcome: 'upheld', actor: 'Olga', note: null } as const
const settled = {
  type: 'ReportSettled',
  data: { ...act, reportId: 'r1', userId: 'bob' },
} as const

t.test('A report is made once and settled once', async (t) => {
  t.same(given(report).when({ type: 'ReportMessage', report: data }), [reported])
  t.same(given(report, reported).when({ type: 'SettleReport', ...act }), [settled])
  const again = given(report, reported, settled)
  t.throws(() => again.when({ type: 'SettleReport', ...act }), { code: 'conflict' })
  t.throws(() => again.when({ type: 'ReportMessage', report: data }), { code: 'conflict' })
  t.throws(() => given(report).when({ type: 'SettleReport', ...act }), { code: 'not_found' })
})
