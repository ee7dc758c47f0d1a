/**
 * All process managers, by the name of the tasks they handle. The triggers and routes that enqueue the tasks
 * use the same names, so a name never changes while a task of it may exist. A worker leaves tasks that it has
 * no handler for to a worker of a newer release.
 */

import type { AccountMailDeps } from './features/account-recovery/account-mail.ts'
import { mailPasswordNotice } from './features/account-recovery/mail-password-notice.ts'
import {
  mailRegistrationNotice,
  mailRegistrationNotice8,
} from './features/account-recovery/mail-registration-notice.ts'
import { mailResetLink } from './features/account-recovery/mail-reset-link.ts'
import { mailVerificationLink } from './features/account-recovery/mail-verification-link.ts'
import { readTables as accountRecoveryTables } from './features/account-recovery/tables.ts'
import { passwordResetTask, verificationTask } from './features/account-recovery/tasks.ts'
import { type Sending, sendMessages } from './features/messages/send.ts'
import { serviceUserEnsurer } from './features/users/service-user.ts'
import { readTables as userTables } from './features/users/tables.ts'
import {
  sendWelcomeAfterVerification,
  sendWelcomeMessage,
} from './features/welcome/send-welcome-message.ts'
import type { HashCost } from './platform/passwords/hash.ts'
import type { Handlers } from './platform/task-queue/task.ts'

/** The read tables that the process managers read, and that must therefore be live. */
export const readTables: readonly string[] = [...new Set([...userTables, ...accountRecoveryTables])]

export interface ProcessManagerDeps extends Omit<AccountMailDeps, 'ensureServiceUser'> {
  /** Whether users must verify their address before they can log in. */
  readonly requireVerifiedEmail: boolean
  readonly hashCost: HashCost
}

export function createHandlers(given: ProcessManagerDeps): Handlers {
  const { store, hashCost } = given
  const deps = {
    ...given,
    ensureServiceUser: serviceUserEnsurer(store, hashCost),
    sendMessages: (sending: Sending) => sendMessages({ store }, sending),
  }
  return {
    welcome_8: sendWelcomeMessage(deps),
    welcome_after_verification_9: sendWelcomeAfterVerification(deps),
    password_notice_8: mailPasswordNotice(deps),
    [passwordResetTask]: mailResetLink(deps),
    [verificationTask]: mailVerificationLink(deps),
    registration_notice_8: mailRegistrationNotice8(deps),
    registration_notice_9: mailRegistrationNotice(deps),
  }
}
