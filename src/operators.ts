/**
 * What operators can do with users and reports: one function for each act, over a connection of the service role. The
 * command line and the admin port call them. Each act is an event with the name of its operator. None of them chooses a password or
 * shows a token, and all but the erasure of a user (`epistle forget`) need no right beyond those of a server.
 */

import type { Pool } from 'pg'
import { passwordResetTask } from './features/account-recovery/tasks.ts'
import { type Account, findAccount } from './features/moderation/account.ts'
import { findNamedUsers } from './features/moderation/named-users.ts'
import { operatorMetadata } from './features/moderation/operator.ts'
import {
  countOpenReports,
  findReport,
  listOpenReports,
  listSettledReports,
  maxReports,
  type ReportPage,
  type ReportRow,
} from './features/moderation/queries.ts'
import { type Settlement, settleReport } from './features/moderation/settle-report.ts'
import { reinstateUser, suspendUser } from './features/moderation/suspend-user.ts'
import { readTables } from './features/moderation/tables.ts'
import { endAllSessions } from './features/sessions/end-other-sessions.ts'
import { serviceUserId } from './features/users/queries.ts'
import { RejectedError } from './platform/event-store/errors.ts'
import { createEventStore } from './platform/event-store/event-store.ts'
import { enqueueConfirmed } from './platform/task-queue/task.ts'

/** The read tables that must be live. */
export const operatorTables: readonly string[] = readTables

/** An act that an operator asked for is not possible. The message contains the reason. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  /** Whether the user or report does not exist, or its state does not permit the act. */
  readonly code: 'not_found' | 'conflict'

  constructor(code: OperatorError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface Operators {
  /** The account of the user with this id, e-mail address or username. */
  show(user: string): Promise<Account>
  /** Returns whether the user was not suspended before. */
  suspend(user: string, act: { readonly reason: string; readonly actor: string }): Promise<boolean>
  /** Returns whether the user was suspended. */
  reinstate(user: string, act: { readonly actor: string }): Promise<boolean>
  /** Returns whether the user had an active session. */
  endSessions(user: string, act: { readonly actor: string }): Promise<boolean>
  /** Enqueues the task that a user's own request enqueues. */
  sendReset(user: string, act: { readonly actor: string }): Promise<void>
  /** A page of reports, or the first hundred; and how many are open. */
  reports(
    which: 'open' | 'settled',
    page?: ReportPage,
  ): Promise<{ reports: ReportRow[]; open: number }>
  report(id: string): Promise<ReportRow>
  settle(settlement: Settlement): Promise<void>
}

/** The acts of operators. Each throws OperatorError for a user or a report that does not exist. */
export function createOperators(pool: Pool): Operators {
  const store = createEventStore(pool)
  return {
    show: (user) => accountOf(pool, user),
    suspend: async (user, act) => {
      const { id: userId } = await present(pool, user)
      return (await suspendUser({ store }, { userId, ...act }).catch(refused)) !== undefined
    },
    reinstate: async (user, { actor }) => {
      const { id: userId } = await present(pool, user)
      return (await reinstateUser({ store }, { userId, actor }).catch(refused)) !== undefined
    },
    endSessions: async (user, { actor }) => {
      const { id: userId } = await present(pool, user)
      const ended = await endAllSessions({ pool, store }, userId, operatorMetadata(actor))
      return ended !== undefined
    },
    sendReset: async (user, { actor }) => {
      const { email } = await present(pool, user)
      if (email === null) {
        throw new OperatorError('conflict', 'this user deleted the account, which has no address')
      }
      await enqueueConfirmed(pool, passwordResetTask, { email, ...operatorMetadata(actor) })
    },
    reports: (which, page = { before: null, fetch: maxReports }) => reportsOf(pool, which, page),
    report: (id) => reportOf(pool, id),
    settle: async (settlement) => {
      await settleReport({ store }, settlement).catch(refused)
    },
  }
}

async function reportsOf(pool: Pool, which: 'open' | 'settled', page: ReportPage) {
  const list = which === 'open' ? listOpenReports : listSettledReports
  const [reports, open] = await Promise.all([list(pool, page), countOpenReports(pool)])
  return { reports, open }
}

async function reportOf(pool: Pool, id: string): Promise<ReportRow> {
  const found = await findReport(pool, id)
  if (!found) throw new OperatorError('not_found', 'no report has this id')
  return found
}

/** Throws the refusal of an act again, as one that its operator can read. */
function refused(error: unknown): never {
  if (!(error instanceof RejectedError)) throw error
  if (error.constraint === 'erasures__not_found') {
    const message = 'the personal data of the user were erased'
    throw new OperatorError('conflict', message, { cause: error })
  }
  const { code, message } = error
  if (code !== 'not_found' && code !== 'conflict') throw error
  throw new OperatorError(code, message, { cause: error })
}

/** The account of the user who has the name, or of the only one who gave it up with the account. */
async function accountOf(pool: Pool, user: string): Promise<Account> {
  const { present, former } = await findNamedUsers(pool, user)
  if (present === undefined && former.length > 1) {
    throw new OperatorError(
      'conflict',
      `several users with this name deleted their accounts; name one by id: ${former.join(' ')}`,
    )
  }
  const id = present ?? former[0]
  const account = id && (await findAccount(pool, id))
  if (!account) {
    throw new OperatorError('not_found', 'no user has this id, e-mail address or username')
  }
  return account
}

/** The account of a user on whom an operator can act. */
async function present(pool: Pool, user: string): Promise<Account> {
  const account = await accountOf(pool, user)
  if (account.id === serviceUserId) {
    throw new OperatorError('conflict', 'this is the user of the service itself')
  }
  if (account.departedAt !== null) {
    throw new OperatorError(
      'conflict',
      'the personal data of this user were erased, and no login is possible',
    )
  }
  return account
}
