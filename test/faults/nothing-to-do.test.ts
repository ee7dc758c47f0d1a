// Commands that find nothing to do, because an event that is there already did it. The event can be on the primary
// server alone, where a failover loses it, so they report success once the synchronous standby has it.
import t from 'tap'
import { blockUser } from '../../src/features/blocks/block-user.ts'
import { readConversation } from '../../src/features/conversations/mark-read.ts'
import { sendMessages } from '../../src/features/messages/send.ts'
import { endOtherSessions } from '../../src/features/sessions/end-other-sessions.ts'
import { endIfActive } from '../../src/features/sessions/log-out.ts'
import { leave } from '../../src/features/users/leave.ts'
import { publicUserFinder } from '../../src/features/users/queries.ts'
import { createEventStore, type EventStore } from '../../src/platform/event-store/event-store.ts'
import { client, domainOf, firstPassword } from '../support/domain.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { CommitWaits } from '../support/faults/commit-waits.ts'

const { url } = await ownCluster(t)
const waits = await new CommitWaits(t, url).connect()
const domain = domainOf(t, url)
const { pool } = domain
const metadata = {}

const [ann, bob] = [await domain.register('ann'), await domain.register('bob')]
const { id: userId } = ann
const sessions = [await domain.logIn(ann.email), await domain.logIn(ann.email)] as const
const sent = await sendMessages(domain, {
  ...{ from: bob.id, metadata },
  messages: [{ to: userId, content: 'Hello' }],
})
const upTo = sent.ids[0] ?? ''

/** How often a connection was taken for more than one query, as for a confirmation. */
let taken = 0
const connect = pool.connect.bind(pool) as (...given: unknown[]) => unknown
Object.assign(pool, {
  connect: (...given: unknown[]) => {
    if (given.length === 0) taken += 1
    return connect(...given)
  },
})

/** Commands, the last ones of which end sessions and the account. Each resolves to undefined if nothing is to do. */
const commands: Record<string, (store: EventStore) => Promise<unknown>> = {
  'a block': (store) =>
    blockUser({ store, findUser: publicUserFinder(pool) }, { userId, blockedId: bob.id, metadata }),
  'a receipt': (store) =>
    readConversation({ pool, store }, { userId, withId: bob.id, upTo, metadata }),
  'the end of a session': (store) =>
    endIfActive({ pool, store }, { userId, sessionId: sessions[0].id, metadata }),
  'the end of the other sessions': (store) =>
    endOtherSessions({ pool, store }, { userId, sessionId: sessions[0].id, metadata }),
  'the deletion of an account': (store) =>
    leave({ ...domain, store }, { userId, currentPassword: firstPassword, client, metadata }),
}

for (const [name, command] of Object.entries(commands)) {
  t.test(`${name} that is there already is reported once the standby has it`, async (t) => {
    await waits.requireStandby('away')
    await Promise.all([t.rejects(command(createEventStore(pool))), waits.terminate()])
    // Another server, to which the client repeats its request without a key.
    const store = createEventStore(pool)
    let isReported = false
    const repeated = command(store).finally(() => {
      isReported = true
    })
    const refused = t.rejects(
      repeated,
      { code: 'unavailable' },
      'a cancelled wait confirms nothing',
    )
    await waits.waiting()
    t.notOk(isReported, 'it waits for the standby')
    await waits.cancel()
    await refused
    const again = command(store)
    await waits.waiting()
    await waits.requireStandby('')
    t.equal(await again, undefined)
    t.ok(taken > 0, 'a confirmation takes a connection')
    taken = 0
    await waits.requireStandby('away')
    t.equal(await command(store), undefined)
    t.equal(taken, 0, 'a position that is known to be confirmed costs no commit')
    await waits.requireStandby('')
    t.equal(await command(createEventStore(pool)), undefined)
    t.equal(taken, 0, 'nor does one without synchronous standbys')
  })
}
