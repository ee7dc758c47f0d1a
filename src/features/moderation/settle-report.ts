/** An operator settles a report. */

import type { Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import type { Outcome } from './events.ts'
import { type Operator, operatorMetadata } from './operator.ts'
import { report } from './report.ts'

/** A second operator who settles the same report finds it settled in the second attempt; one is spare. */
const ATTEMPTS = 3

export interface Settlement extends Operator {
  readonly reportId: string
  readonly outcome: Outcome
  /** For other operators; no user sees it. */
  readonly note: string | null
}

/** Throws `not_found` for an unknown report, and `conflict` for one that is settled. */
export function settleReport(
  { store }: { readonly store: EventStore },
  { reportId, outcome, note, actor }: Settlement,
): Promise<Recorded | undefined> {
  return handleCommand(store, ATTEMPTS, {
    aggregate: report,
    streamId: reportId,
    command: { type: 'SettleReport', outcome, actor, note },
    metadata: operatorMetadata(actor),
  })
}
