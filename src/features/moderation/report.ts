/**
 * The aggregate of a report: the recipient of a message reports it once, and an operator settles it once.
 *
 * The read table allows a message one open report by its recipient at a time.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { MessageReported, Outcome, ReportEvent } from './events.ts'

export interface ReportMessage {
  readonly type: 'ReportMessage'
  readonly report: MessageReported['data']
}

export interface SettleReport {
  readonly type: 'SettleReport'
  readonly outcome: Outcome
  readonly actor: string
  readonly note: string | null
}

export type ReportCommand = ReportMessage | SettleReport

export type Report =
  | { readonly status: 'unknown' }
  | { readonly status: 'open' | 'settled'; readonly id: string; readonly userId: string }

export const report: Aggregate<Report, ReportCommand, ReportEvent> = {
  view: 'report_stream_17',
  tables: { MessageReported: 'message_reported_17', ReportSettled: 'report_settled_17' },
  initialState: { status: 'unknown' },
  evolve,
  decide,
}

function evolve(state: Report, event: ReportEvent): Report {
  switch (event.type) {
    case 'MessageReported': {
      const { id, userId } = event.data
      return { status: 'open', id, userId }
    }
    case 'ReportSettled':
      return state.status === 'unknown' ? state : { ...state, status: 'settled' }
    default:
      return event satisfies never
  }
}

function decide(command: ReportCommand, state: Report): readonly ReportEvent[] {
  switch (command.type) {
    case 'ReportMessage':
      if (state.status !== 'unknown') {
        throw new RejectedError('conflict', `report ${state.id} was already made`)
      }
      return [{ type: 'MessageReported', data: command.report }]
    case 'SettleReport': {
      if (state.status === 'unknown') throw new RejectedError('not_found', 'no report has this id')
      if (state.status === 'settled') {
        throw new RejectedError('conflict', 'the report is settled already')
      }
      const { type: _, ...data } = command
      return [
        { type: 'ReportSettled', data: { ...data, reportId: state.id, userId: state.userId } },
      ]
    }
    default:
      return command satisfies never
  }
}
