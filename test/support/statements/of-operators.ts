// Calls of the functions that read for operators, other systems and background work, as `of-users.ts` has them for users.
import type { Client, Pool } from 'pg'
import { requestLockNotice } from '../../../src/features/account-recovery/mail-lock-notice.ts'
import { recordedHashOf } from '../../../src/features/account-recovery/retry-tokens.ts'
import { findSessionLink } from '../../../src/features/account-recovery/session-links.ts'
import { block } from '../../../src/features/blocks/block.ts'
import { conversation } from '../../../src/features/conversations/conversation.ts'
import { message } from '../../../src/features/messages/message.ts'
import { findAccount } from '../../../src/features/moderation/account.ts'
import { listPeople } from '../../../src/features/moderation/people.ts'
import * as reports from '../../../src/features/moderation/queries.ts'
import { report } from '../../../src/features/moderation/report.ts'
import { suspension } from '../../../src/features/moderation/suspension.ts'
import { session } from '../../../src/features/sessions/session.ts'
import { countWithoutDisclosure } from '../../../src/features/statistics/queries.ts'
import { user } from '../../../src/features/users/user.ts'
import { find, load } from '../../../src/platform/event-store/load.ts'
import { requireCursor } from '../../../src/platform/feed/cursor.ts'
import { clearCounts } from '../../../src/platform/rate-limits/clearing.ts'
import { createCounts } from '../../../src/platform/rate-limits/counts.ts'
import { clearGivenUpTasks } from '../../../src/platform/task-queue/failed-tasks.ts'
import * as tasks from '../../../src/platform/task-queue/task.ts'
import { disableBeyond, moveCursor } from '../../../src/platform/webhooks/cursors.ts'
import { isAnyEndpointDue } from '../../../src/platform/webhooks/delivery.ts'
import { feedReader } from '../../../src/published-events.ts'
import { idOf } from '../ids.ts'
import { nth, theUser } from '../many-rows.ts'
import type { Call } from './of-users.ts'

/** For functions that take a pool and only query it. */
const asPool = (on: Client) => on as unknown as Pool

const ofReports: Call[] = [
  ...[null, nth('2', 50)].map((before): Call => {
    return (on) => reports.listSettledReports(on, { before, fetch: 51 })
  }),
  ...[null, nth('2', 500)].map((before): Call => {
    return (on) => reports.listOpenReports(on, { before, fetch: 51 })
  }),
  (on) => reports.findReport(on, nth('2', 7)),
  (on) => reports.countOpenReports(on),
]

const ofPeople: Call[] = [
  ...['user', 'user000123', 'user123@example.com', theUser].map((search): Call => {
    return (on) => listPeople(on, search)
  }),
  (on) => findAccount(on, theUser),
  (on) => countWithoutDisclosure(on, { from: '2026-11-01', to: '2026-11-30' }),
]

const ofFeed: Call[] = [
  (on) => feedReader.read(on, { after: '0', limit: 100, personal: true }),
  (on) => feedReader.read(on, { after: '3000', limit: 100, personal: false }),
  (on) => feedReader.read(on, { after: '6000', limit: 100, personal: false }),
  (on) => requireCursor(asPool(on), { position: '5', id: undefined }, 'after'),
]

const processes = ['welcome_8', 'verification_8']

const ofBackground: Call[] = [
  (on) => tasks.takeTask(on, processes),
  (on) => tasks.isAnyTaskDue(on, processes),
  (on) => tasks.msUntilNextTask(on, processes),
  (on) => clearGivenUpTasks(on),
  (on) => moveCursor(on, 'unknown', '1'),
  (on) => disableBeyond(on, '1'),
  (on) => isAnyEndpointDue(on),
  (on) => findSessionLink(on, 'unknown'),
  (on) => recordedHashOf(on, 'unknown'),
  (on) => requestLockNotice(on, async () => 'hash', 'user9@example.com'),
  (on) => clearCounts(on),
  (on) => createCounts(on).remove(['key:unknown']),
  (on) => createCounts(on).removeByPrefix('unknown'),
  (on) => createCounts(on).counter({ points: 5, seconds: 60 }).read('key:11'),
]

const ofStreams: Call[] = [
  (on) => load(asPool(on), user, theUser),
  (on) => find(asPool(on), user, [idOf(7)]),
  (on) => find(asPool(on), session, [idOf(7)]),
  (on) => find(asPool(on), message, [idOf(7)]),
  (on) => find(asPool(on), report, [idOf(7)]),
  (on) => find(asPool(on), suspension, [idOf(7)]),
  (on) => find(asPool(on), conversation, [idOf(7)]),
  (on) => find(asPool(on), block, [idOf(7)]),
]

export const callsOfOperators: readonly Call[] = [
  ...ofReports,
  ...ofPeople,
  ...ofFeed,
  ...ofBackground,
  ...ofStreams,
]
