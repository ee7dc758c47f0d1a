/**
 * All processes, by the name under which `db/` enqueues their tasks. A name is for ever, as long as
 * a task of it may be there; a worker of older code leaves alone what it does not find here.
 */

import { passwordResetTask, verificationTask } from './features/account-recovery/issue-token.ts'
import type { MailDeps } from './features/account-recovery/mail-deps.ts'
import { passwordNotice } from './features/account-recovery/mail-password-notice.ts'
import { passwordReset } from './features/account-recovery/mail-reset-link.ts'
import {
  registrationNotice,
  verification,
} from './features/account-recovery/mail-verification-link.ts'
import { readTables as accountRecoveryTables } from './features/account-recovery/tables.ts'
import { sendMessages } from './features/messages/send.ts'
import { registrationNoticeTask } from './features/users/register-without-disclosure.ts'
import { ensureServiceUser } from './features/users/service-user.ts'
import { readTables as userTables } from './features/users/tables.ts'
import { welcome } from './features/welcome/welcome.ts'
import type { HashCost } from './platform/passwords/hash.ts'
import type { Handlers } from './platform/task-queue/task.ts'

/** What the processes read, and therefore must find live. */
export const readTables: readonly string[] = [...new Set([...userTables, ...accountRecoveryTables])]

export interface ProcessManagerDeps extends MailDeps {
  readonly hashCost: HashCost
}

export function createHandlers(deps: ProcessManagerDeps): Handlers {
  const { pool, store, hashCost } = deps
  return {
    welcome_8: welcome({
      pool,
      ensureServiceUser: () => ensureServiceUser(store, hashCost),
      sendMessages: (sending) => sendMessages({ store }, sending),
    }),
    password_notice_8: passwordNotice(deps),
    [passwordResetTask]: passwordReset(deps),
    [verificationTask]: verification(deps),
    [registrationNoticeTask]: registrationNotice(deps),
  }
}
