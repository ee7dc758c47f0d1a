/**
 * The recipient of a message reports it to the operators.
 *
 * The read table allows one open report for each message, whichever server gets the second. The reported user
 * does not learn of it, and the reporter finds the report and its outcome in the export of their data.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import {
  eventId,
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import type { RecordedEvent } from '../../platform/event-store/load.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findMessage } from '../messages/queries.ts'
import type { ReportEvent } from './events.ts'
import { report } from './report.ts'

export interface ReportDeps {
  readonly pool: Queryable
  readonly store: EventStore
}

export interface ReportedMessage {
  /** The reporter. */
  readonly userId: string
  readonly messageId: string
  readonly reason: string
  readonly key?: IdempotencyKey | undefined
  readonly metadata: Metadata
}

/** Throws `not_found` unless the user received this message, and `already_reported` while a report is open. */
export function reportMessage(deps: ReportDeps, reported: ReportedMessage): Promise<Recorded> {
  return runOnce(
    reported.key,
    (key) => findEarlierReport(deps.store, reported, key),
    () => append(deps, reported),
  )
}

/** The report by an earlier request with this key, which must be the same. */
async function findEarlierReport(
  store: EventStore,
  { messageId, reason }: ReportedMessage,
  key: IdempotencyKey,
): Promise<Recorded | undefined> {
  const isSame = ({ event }: RecordedEvent<ReportEvent>) =>
    event.type === 'MessageReported' &&
    event.data.messageId === messageId &&
    event.data.reason === reason
  const [found] = (await findEarlier(store, key, { aggregate: report, isSame })) ?? []
  return found
}

async function append(
  { pool, store }: ReportDeps,
  { userId, messageId, reason, key, metadata }: ReportedMessage,
): Promise<Recorded> {
  const message = await findMessage(pool, messageId, userId)
  if (message?.to !== userId || message.from === userId) {
    throw new RejectedError('not_found', 'the user received no such message')
  }
  const id = uuidV7()
  const data = { id, userId, messageId, reportedId: message.from, reason }
  return store.append({
    aggregate: report,
    streamId: id,
    expectedVersion: 0,
    events: report.decide({ type: 'ReportMessage', report: data }, report.initialState),
    metadata,
    ...(key && { eventIds: [eventId(key, 0)] }),
  })
}
