// Random suspensions and reports, for the histories of random-commands.ts.
import fc from 'fast-check'
import type { RandomCommand } from './random-command.ts'

const few = fc.nat({ max: 2 })
const user = fc.oneof(few, fc.nat({ max: 5 }))
const late = fc.nat({ max: 9 }).map((n) => n === 0)

export const suspending = fc.oneof(
  fc.record({
    kind: fc.constant('suspend' as const),
    user,
    reason: fc.constantFrom('spam', 'threats'),
    late,
  }),
  fc.record({ kind: fc.constant('reinstate' as const), user, late }),
)
// Of two messages by two users, or hardly one would be reported twice.
const report = fc.nat({ max: 7 })
const oneOfTwo = fc.nat({ max: 1 })
export const reporting = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      report,
      user: oneOfTwo,
      message: oneOfTwo,
      sender: few,
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      report,
      outcome: fc.constantFrom('upheld' as const, 'dismissed' as const),
      late,
    }),
    weight: 1,
  },
)

/**
 * A message that is reported twice, and edited by a sender who is blocked, and a user who leaves and is restored: few
 * random histories get that far.
 */
export const harassed: RandomCommand[] = [
  { kind: 'send', message: 20, from: 1, to: 0, content: 'Hello' },
  { kind: 'report', report: 20, user: 0, message: 20, sender: 1 },
  { kind: 'report', report: 21, user: 0, message: 20, sender: 1 },
  { kind: 'block', user: 0, blocked: 1, late: false },
  { kind: 'edit', message: 20, content: 'Well', late: false },
  { kind: 'unblock', user: 0, blocked: 1, late: false },
  { kind: 'leave', user: 2, late: false },
  { kind: 'return', user: 2, email: 'cid@x.org', username: 'cid', late: false },
]
