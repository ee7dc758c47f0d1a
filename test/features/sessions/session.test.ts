// The rules of sessions: events given, command, events expected.
import fc from 'fast-check'
import t from 'tap'
import type {
  SessionEnded,
  SessionEvent,
  SessionLabelled,
  SessionStarted,
} from '../../../src/features/sessions/events.ts'
import {
  type EndSession,
  type LabelSession,
  type SessionCommand,
  session,
} from '../../../src/features/sessions/session.ts'
import { firstPeriod } from '../../../src/features/sessions/session-period.ts'
import { given } from '../../support/given.ts'

const started: SessionStarted = {
  type: 'SessionStarted',
  data: {
    id: 'desk',
    userId: 'ada',
    tokenHash: '\\x00',
    expiresAt: '2030-01-31T00:00:00.000Z',
    idleDays: 30,
    endsAt: null,
    userAgent: null,
    label: 'desk',
  },
}
const ended: SessionEnded = { type: 'SessionEnded', data: { id: 'desk', userId: 'ada' } }
const labelled = (label: string | null): SessionLabelled => ({
  type: 'SessionLabelled',
  data: { id: 'desk', userId: 'ada', label },
})
const end: EndSession = { type: 'EndSession', userId: 'ada' }
const label = (words: string | null): LabelSession => ({
  type: 'LabelSession',
  userId: 'ada',
  label: words,
})

t.test('A login starts a session once', async (t) => {
  const start = { type: 'StartSession', session: started.data } as const
  t.same(given(session).when(start), [started])
  t.throws(() => given(session, started).when(start), { code: 'conflict' }, 'it is started already')
  t.throws(() => given(session, started, ended).when(start), { code: 'conflict' }, 'it has ended')
})

t.test('The user ends the session', async (t) => {
  t.same(given(session, started).when(end), [ended])
  t.same(given(session, started, labelled('phone')).when(end), [ended])
})

t.test('The user labels the session, and the same label changes nothing', async (t) => {
  t.same(given(session, started).when(label('phone')), [labelled('phone')])
  t.same(given(session, started).when(label(null)), [labelled(null)])
  t.same(given(session, started).when(label('desk')), [])
  t.same(given(session, started, labelled('phone')).when(label('phone')), [])
  t.same(given(session, started, labelled('phone')).when(label('desk')), [labelled('desk')])
})

t.test('A user can end and label only sessions of their own that have not ended', async (t) => {
  for (const command of [end, label('phone')]) {
    const rejects = (events: SessionEvent[], by: SessionCommand, why: string) =>
      t.throws(() => given(session, ...events).when(by), { code: 'not_found' }, why)
    rejects([], command, 'there is none')
    rejects([started], { ...command, userId: 'bob' }, 'it belongs to another user')
    rejects([started, ended], command, 'it has ended')
  }
})

t.test('Any history folds, and the last event decides the status', async (t) => {
  const event = fc.constantFrom<SessionEvent>(started, ended)
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const last = events.at(-1)?.type
      const status = { SessionStarted: 'started', SessionEnded: 'ended', SessionLabelled: '' }
      return given(session, ...events).state.status === (last ? status[last] : 'unknown')
    }),
  )
  t.pass('no counterexample was found')
})

t.test(
  'A session lasts for whole days after that of the login, up to its greatest age',
  async (t) => {
    const period = (now: string, sessionDays: number, sessionMaxDays: number) => {
      const { expiresAt, endsAt } = firstPeriod(new Date(now), { sessionDays, sessionMaxDays })
      return [expiresAt.toISOString(), endsAt?.toISOString() ?? null]
    }
    const first = '2030-01-03T00:00:00.000Z'
    t.same(period('2030-01-01T00:00:00Z', 1, 0), [first, null])
    t.same(period('2030-01-01T23:59:59Z', 1, 0), [first, null])
    t.same(period('2030-01-01T12:00:00Z', 1, 7), [first, '2030-01-08T12:00:00.000Z'])
    const end = '2030-01-02T12:00:00.000Z'
    t.same(period('2030-01-01T12:00:00Z', 30, 1), [end, end])
  },
)
