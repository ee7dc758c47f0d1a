// Calls of the functions that read for users. Each runs its statements once, with parameters for which there is much.
import type { Client } from 'pg'
import { listPersonalEvents } from '../../../src/features/account-export/queries.ts'
import { listHistory } from '../../../src/features/account-history/queries.ts'
import * as recovery from '../../../src/features/account-recovery/queries.ts'
import { listBlocks } from '../../../src/features/blocks/queries.ts'
import * as conversations from '../../../src/features/conversations/queries.ts'
import { findLastReceived } from '../../../src/features/conversations/received.ts'
import * as live from '../../../src/features/live-updates/queries.ts'
import type { MessageFilter } from '../../../src/features/messages/boxes.ts'
import * as messages from '../../../src/features/messages/queries.ts'
import { searchMessages } from '../../../src/features/messages/search.ts'
import * as sessions from '../../../src/features/sessions/queries.ts'
import { findProfileAt } from '../../../src/features/users/profile-at.ts'
import * as users from '../../../src/features/users/queries.ts'
import { beyondLastPosition } from '../../../src/platform/event-store/event.ts'
import type { EventStore } from '../../../src/platform/event-store/event-store.ts'
import type { Order, PageRequest } from '../../../src/platform/postgres/page.ts'
import { idOf } from '../ids.ts'
import { nth, theUser } from '../many-rows.ts'

export type Call = (on: Client) => Promise<unknown>

const userId = theUser
const withId = idOf(200)
const orders: readonly Order[] = ['desc', 'asc']

/** A call for the first page of a list in each order. */
function inOrders(list: (on: Client, page: PageRequest<string>) => Promise<unknown>): Call[] {
  return orders.map((order) => {
    const key = order === 'asc' ? '0' : beyondLastPosition
    return (on) => list(on, { order, fetch: 51, key })
  })
}

function inBoxes(
  list: (on: Client, filter: MessageFilter, page: PageRequest<string>) => Promise<unknown>,
): Call[] {
  return (['inbox', 'sent', undefined] as const).flatMap((box) =>
    [undefined, withId].flatMap((other) =>
      inOrders((on, page) => list(on, { userId, box, with: other }, page)),
    ),
  )
}

const ofMessages: Call[] = [
  ...inBoxes(messages.listMessages),
  ...inBoxes((on, filter, page) =>
    searchMessages(on, filter, 'message', page, { messages: 100, bytes: 10_000 }),
  ),
  (on) => messages.findMessage(on, nth('b', 77), userId),
  (on) => messages.findPositions(on, [nth('b', 77)]),
]

const ofConversations: Call[] = [
  ...inOrders((on, page) => conversations.listConversations(on, userId, page)),
  (on) => conversations.findConversation(on, userId, withId),
  (on) => conversations.hasConversation(on, { userId, withId }),
  (on) => conversations.findUnread(on, userId),
  (on) => {
    const upToPosition = beyondLastPosition
    return findLastReceived(on, { userId, withId, upToPosition, streamId: nth('6', 3) })
  },
]

const ofSessions: Call[] = [
  ...inOrders((on, page) => sessions.listSessions(on, userId, page)),
  (on) => sessions.sessionFinder(on)(`\\x${'00'.repeat(32)}`),
  (on) => sessions.findLiveSessions(on, [nth('a', 3)]),
  (on) => sessions.findLeastRecentSessions(on, userId, 50),
  (on) => {
    const others = { userId, sessionId: nth('a', 5), before: beyondLastPosition }
    return sessions.findOtherSessions(on, others)
  },
  (on) => sessions.isSessionActive(on, { id: nth('a', 3), userId }),
  (on) => sessions.findOwnSession(on, nth('a', 3), userId),
]

/** Loads no state. */
const store = { load: async () => ({ state: {} }) } as unknown as EventStore

const ofAccounts: Call[] = [
  ...['user', 'user00012', 'nobody'].flatMap((username) =>
    orders.map((order): Call => {
      const key = order === 'asc' ? '' : '~'
      return (on) =>
        users.searchUsers(on, { username, unverified: true }, { order, fetch: 51, key })
    }),
  ),
  (on) => users.searchUsers(on, { username: 'u', unverified: false }, { order: 'asc', fetch: 51 }),
  (on) => users.profileFinder(on)(withId),
  (on) => users.publicUserFinder(on)(withId),
  (on) => users.findTakenNames(on, { email: 'user9@example.com', username: 'user000009' }),
  (on) => users.isReservedFor(on, { username: 'user000009', userId }),
  (on) => users.isEventRecorded(on, withId),
  (on) => users.findLanguage(on, userId),
  (on) => findProfileAt({ pool: on, store }, userId, new Date()),
  ...inOrders((on, page) => listBlocks(on, userId, page)),
  ...inOrders((on, page) => listHistory(on, userId, page)),
  (on) => listPersonalEvents(on, { userId, after: '0', upTo: beyondLastPosition }),
  (on) => recovery.findMailToken(on, 'unknown', 'email_verification'),
  (on) => recovery.findRequestedEmail(on, 'unknown'),
  (on) => recovery.findReplacedEmailByToken(on, 'unknown'),
  (on) => recovery.findLeftUserByToken(on, 'unknown'),
  (on) => recovery.findLeftUser(on, { userId: withId, leavingId: withId }),
  (on) => recovery.findVersionIfUnchanged(on, { userId, since: '3' }),
  (on) => recovery.findReplacedEmail(on, withId),
  (on) => recovery.findUserAgent(on, withId),
]

const ofLiveUpdates: Call[] = [
  async (on) => live.listEventsAfter(on, (await live.findLastPosition(on)) - 100n),
  (on) => live.listOwnEventsAfter(on, userId, 0n),
]

export const callsOfUsers: readonly Call[] = [
  ...ofMessages,
  ...ofConversations,
  ...ofSessions,
  ...ofAccounts,
  ...ofLiveUpdates,
]
