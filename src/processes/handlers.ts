/**
 * All processes, by the name under which `db/` enqueues their tasks. A name is for ever, as long as
 * a task of it may be there; a worker of older code leaves alone what it does not find here.
 */

import { passwordResetTask, verificationTask } from '../proof/commands.ts'
import { readTables as proofTables } from '../proof/tables.ts'
import type { Handlers } from '../tasks/task.ts'
import { registrationNoticeTask } from '../user/register-quietly.ts'
import { readTables as userTables } from '../user/tables.ts'
import { passwordNotice } from './password-notice.ts'
import { passwordReset } from './password-reset.ts'
import type { ProcessDeps } from './process.ts'
import { registrationNotice, verification } from './verification.ts'
import { welcome } from './welcome.ts'

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
