// Random histories of commands, drawn from few users, addresses, names, tokens and sessions, so that
// users meet and every rule is broken now and then.
import fc from 'fast-check'
import type { RandomCommand } from './random-command.ts'
import { harassed, reporting, suspending } from './random-moderation.ts'

// Few users send messages, or hardly two messages would be of the same two users.
const few = fc.nat({ max: 2 })
const user = fc.oneof(few, fc.nat({ max: 5 }))
const session = fc.nat({ max: 7 })
const message = fc.nat({ max: 12 })
const mail = fc.nat({ max: 5 })
const late = fc.nat({ max: 9 }).map((n) => n === 0)
const hash = fc.constantFrom('second', 'third', 'fourth')
const email = fc.constantFrom(
  'a@x.org',
  'A@x.org',
  'b@x.org',
  'c@x.org',
  'C@X.org',
  'd@x.org',
  'é@x.org',
)
const username = fc.constantFrom(null, null, 'ann', 'bob', 'cid', 'd.a-n_', 'Eve', 'no')

const registered = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    release: fc.constant(0 as const),
    user,
    email,
    username: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('register' as const),
    release: fc.constant(1 as const),
    user,
    email,
    username,
  }),
)
const changed = fc.record({
  kind: fc.constant('change' as const),
  user,
  session: fc.option(session),
  hash,
  late,
})
const rehashed = fc.record({ kind: fc.constant('rehash' as const), user, hash, late })
const token = fc.constantFrom('t1', 't2', 't3', 't4', 't5')
const label = fc.constantFrom('desk' as const, 'phone' as const, null)
const started = fc.oneof(
  fc.record({
    kind: fc.constant('start' as const),
    release: fc.constant(0 as const),
    session,
    user,
    token,
    label: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('start' as const),
    release: fc.constant(10 as const),
    session,
    user,
    token,
    label,
  }),
)
const labelled = fc.record({ kind: fc.constant('label' as const), session, user, label, late })
const ended = fc.record({ kind: fc.constant('end' as const), session, user, late })
const sent = fc.record({
  kind: fc.constant('send' as const),
  message,
  from: few,
  to: few,
  content: fc.constantFrom('Hello', 'Good bye', ''),
})
const blocking = fc.record({
  kind: fc.constantFrom('block' as const, 'unblock' as const),
  user: few,
  blocked: few,
  late,
})
const edited = fc.record({
  kind: fc.constant('edit' as const),
  message,
  content: fc.constantFrom('Hello', 'Well'),
  late,
})
const deleted = fc.record({ kind: fc.constant('delete' as const), message, late })
const read = fc.record({
  kind: fc.constant('read' as const),
  by: fc.constantFrom('recipient' as const, 'sender' as const, 'named' as const),
  message,
  user,
  with: few,
  late,
})

const issued = fc.record({
  kind: fc.constant('issue' as const),
  mail,
  hours: fc.integer({ min: 1, max: 3 }),
  late,
})
const verified = fc.record({ kind: fc.constant('verify' as const), user, email, late })

const renamed = fc.record({
  kind: fc.constant('rename' as const),
  user,
  username: fc.constantFrom('ann', 'bob', 'cid', 'new', 'Eve'),
  late,
})
const chosen = fc.record({
  kind: fc.constant('choose' as const),
  user: few,
  username: fc.constantFrom('ann', 'bob', 'cid', 'new', 'Eve'),
  reserved: fc.boolean(),
  late,
})
const repeated = fc.record({
  kind: fc.constant('repeat' as const),
  registration: fc.nat({ max: 5 }),
  user,
})

const forgotten = fc.record({
  kind: fc.constant('forget' as const),
  user,
  kept: fc.constantFrom<readonly 'messages'[]>([], ['messages']),
})
// Few users again, or no change would be taken back. Its number is that of an early event of its user.
const change = fc.constantFrom(2, 2, 3, 4)
const hours = fc.integer({ min: 1, max: 3 })
const addressed = fc.oneof(
  fc.record({
    kind: fc.constant('readdress' as const),
    user: few,
    email,
    verified: fc.boolean(),
    late,
  }),
  fc.record({ kind: fc.constant('restore' as const), user: few, email, change, late }),
  fc.record({ kind: fc.constant('ask' as const), mail, user, email, hours, late }),
  fc.record({ kind: fc.constant('offer' as const), mail, user: few, change, hours, late }),
)
// Names as others have them, or a restoration would never meet a taken one.
const left = fc.oneof(
  fc.record({ kind: fc.constant('leave' as const), user: few, late }),
  fc.record({
    kind: fc.constant('return' as const),
    user: few,
    email,
    username: fc.constantFrom('ann', 'bob', 'cid', null),
    late,
  }),
  fc.record({
    kind: fc.constant('propose' as const),
    mail,
    user: few,
    leaving: change,
    hours,
    late,
  }),
)

const batches: fc.Arbitrary<RandomCommand[][]> = fc.array(
  fc.array(
    fc.oneof(
      { arbitrary: registered, weight: 6 },
      { arbitrary: changed, weight: 2 },
      { arbitrary: rehashed, weight: 2 },
      { arbitrary: started, weight: 3 },
      { arbitrary: ended, weight: 2 },
      { arbitrary: labelled, weight: 1 },
      { arbitrary: sent, weight: 10 },
      { arbitrary: blocking, weight: 6 },
      { arbitrary: edited, weight: 10 },
      { arbitrary: deleted, weight: 2 },
      { arbitrary: read, weight: 9 },
      { arbitrary: issued, weight: 4 },
      { arbitrary: verified, weight: 2 },
      { arbitrary: renamed, weight: 3 },
      { arbitrary: chosen, weight: 3 },
      { arbitrary: addressed, weight: 6 },
      { arbitrary: left, weight: 4 },
      { arbitrary: suspending, weight: 2 },
      { arbitrary: reporting, weight: 6 },
      { arbitrary: repeated, weight: 1 },
      { arbitrary: forgotten, weight: 1 },
    ),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 10, maxLength: 30, size: 'max' },
)

/** The few users who send messages, registered at once. */
const founders: RandomCommand[] = ['ann', 'bob', 'cid'].map((username, user) => ({
  kind: 'register',
  release: 1,
  user,
  email: `${username}@x.org`,
  username,
}))

/** One of them moves to another address, and can get the earlier one back for the rest of the history. */
const moved: RandomCommand[] = [
  { kind: 'readdress', user: 0, email: 'moved@x.org', verified: true, late: false },
]

/**
 * A history, in the batches in which the test appends it. Half of them begin with registered users:
 * otherwise most messages are of unknown users, and no edit meets a block.
 */
export const histories: fc.Arbitrary<RandomCommand[][]> = fc
  .tuple(fc.boolean(), batches)
  .map(([founded, history]) => (founded ? [founders, moved, harassed, ...history] : history))
