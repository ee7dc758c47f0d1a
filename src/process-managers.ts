/**
 * All processes, by the name under which `db/` enqueues their tasks. A name is for ever, as long as
 * a task of it may be there; a worker of older code leaves alone what it does not find here.
 */

import { passwordResetTask, verificationTask } from './features/account-recovery/commands.ts'
import { passwordNotice } from './features/account-recovery/password-notice.ts'
import { passwordReset } from './features/account-recovery/password-reset.ts'
import type { ProcessDeps } from './features/account-recovery/process-manager.ts'
import { readTables as proofTables } from './features/account-recovery/tables.ts'
import { registrationNotice, verification } from './features/account-recovery/verification.ts'
import { registrationNoticeTask } from './features/users/register-without-disclosure.ts'
import { readTables as userTables } from './features/users/tables.ts'
import { welcome } from './features/welcome/welcome.ts'
import type { Handlers } from './platform/job-queue/task.ts'

/** What the processes read, and therefore must find live. */
export const readTables: readonly string[] = [...userTables, ...proofTables]

export function createHandlers(deps: ProcessDeps): Handlers {
  return {
    welcome_8: welcome(deps),
    password_notice_8: passwordNotice(deps),
    [passwordResetTask]: passwordReset(deps),
    [verificationTask]: verification(deps),
    [registrationNoticeTask]: registrationNotice(deps),
  }
}
