// The session aggregate: events given, command, events expected.
import fc from 'fast-check'
import t from 'tap'
import type {
  SessionEnded,
  SessionEvent,
  SessionStarted,
} from '../../../src/features/sessions/events.ts'
import { type EndSession, session } from '../../../src/features/sessions/session.ts'
import { given } from '../../support/given.ts'

const started: SessionStarted = {
  type: 'SessionStarted',
  data: { id: 'desk', userId: 'ada', tokenHash: '\\x00', expiresAt: '2030-01-31T00:00:00.000Z' },
}
const ended: SessionEnded = { type: 'SessionEnded', data: { id: 'desk', userId: 'ada' } }
const end: EndSession = { type: 'EndSession', userId: 'ada', now: new Date('2030-01-01T00:00:00Z') }

t.test('A login starts a session with an expiry, once', async (t) => {
  const start = {
    type: 'StartSession',
    id: 'desk',
    userId: 'ada',
    tokenHash: '\\x00',
    expiresAt: new Date('2030-01-31T00:00:00Z'),
  } as const
  t.same(given(session).when(start), [started])
  t.throws(() => given(session, started).when(start), { code: 'conflict' }, 'it is started already')
  t.throws(() => given(session, started, ended).when(start), { code: 'conflict' }, 'it has ended')
})

t.test('The user ends the session', async (t) => {
  t.same(given(session, started).when(end), [ended])
})

t.test('A user can end only an active session of their own', async (t) => {
  const rejects = (events: SessionEvent[], command: EndSession, why: string) =>
    t.throws(() => given(session, ...events).when(command), { code: 'not_found' }, why)
  rejects([], end, 'there is none')
  rejects([started], { ...end, userId: 'bob' }, 'it belongs to another user')
  rejects([started, ended], end, 'it has ended')
  rejects([started], { ...end, now: new Date('2030-01-31T00:00:00Z') }, 'it has just expired')
})

t.test('Any history folds, and the last event decides the status', async (t) => {
  const event = fc.constantFrom<SessionEvent>(started, ended)
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const statusAfter = { SessionStarted: 'started', SessionEnded: 'ended' } as const
      const last = events.at(-1)
      return given(session, ...events).state.status === (last ? statusAfter[last.type] : 'unknown')
    }),
  )
  t.pass('no counterexample was found')
})
