/** A user gives one of their sessions a label, by which they recognize it in the list. */

import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { OwnSession } from './log-out.ts'
import { findOwnSession } from './queries.ts'
import { session, sessionNotFound } from './session.ts'

/** Two people rarely label one session at once; the last one wins. */
const ATTEMPTS = 5

export interface Labelling extends OwnSession {
  /** Null removes the label. */
  readonly label: string | null
}

/**
 * Labels an active session of this user; undefined if it has this label already. Throws `not_found` for any
 * other session.
 */
export async function labelSession(
  { pool, store }: { readonly pool: Queryable; readonly store: EventStore },
  { sessionId, userId, label, metadata }: Labelling,
): Promise<Appended | undefined> {
  if (!(await findOwnSession(pool, sessionId, userId))) throw sessionNotFound()
  return handleCommand(store, ATTEMPTS, {
    aggregate: session,
    streamId: sessionId,
    command: { type: 'LabelSession', userId, label },
    metadata,
  })
}
