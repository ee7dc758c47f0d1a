/**
 * All process managers, by the name of the tasks they handle. The triggers and routes that enqueue the tasks
 * use the same names, so a name never changes while a task of it may exist. A worker leaves tasks that it has
 * no handler for to a worker of a newer release.
 */

import type { AccountMailDeps } from './features/account-recovery/account-mail.ts'
import { mailPasswordNotice } from './features/account-recovery/mail-password-notice.ts'
import { mailRegistrationNotice } from './features/account-recovery/mail-registration-notice.ts'
import { mailResetLink } from './features/account-recovery/mail-reset-link.ts'
import { mailVerificationLink } from './features/account-recovery/mail-verification-link.ts'
import { readTables as accountRecoveryTables } from './features/account-recovery/tables.ts'
import { passwordResetTask, verificationTask } from './features/account-recovery/tasks.ts'
import { sendMessages } from './features/messages/send.ts'
import { registrationNoticeTask } from './features/users/register-without-disclosure.ts'
import { ensureServiceUser } from './features/users/service-user.ts'
import { readTables as userTables } from './features/users/tables.ts'
import { sendWelcomeMessage } from './features/welcome/send-welcome-message.ts'
import type { HashCost } from './platform/passwords/hash.ts'
import type { Handlers } from './platform/task-queue/task.ts'

/** The read tables that the process managers read, and that must therefore be live. */
export const readTables: readonly string[] = [...new Set([...userTables, ...accountRecoveryTables])]

export interface ProcessManagerDeps extends AccountMailDeps {
  readonly hashCost: HashCost
}

export function createHandlers(deps: ProcessManagerDeps): Handlers {
  const { pool, store, hashCost } = deps
  return {
    welcome_8: sendWelcomeMessage({
      pool,
      ensureServiceUser: () => ensureServiceUser(store, hashCost),
      sendMessages: (sending) => sendMessages({ store }, sending),
    }),
    password_notice_8: mailPasswordNotice(deps),
    [passwordResetTask]: mailResetLink(deps),
    [verificationTask]: mailVerificationLink(deps),
    [registrationNoticeTask]: mailRegistrationNotice(deps),
  }
}
