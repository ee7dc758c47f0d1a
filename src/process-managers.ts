/**
 * All process managers, by the name of the tasks they handle. The triggers and routes that enqueue the tasks
 * use the same names, so a name never changes while a task of it may exist. A worker leaves tasks that it has
 * no handler for to a worker of a newer release.
 */

import type { AccountMailDeps } from './features/account-recovery/account-mail.ts'
import {
  mailDeletionNotice,
  sendDeletionNotice,
} from './features/account-recovery/mail-deletion-notice.ts'
import {
  mailEmailChange,
  sendEmailChangeMail,
} from './features/account-recovery/mail-email-change.ts'
import {
  mailEmailChangeNotice,
  mailEmailReversal,
  sendEmailChangeNotice,
  sendEmailReversalMail,
} from './features/account-recovery/mail-email-change-notice.ts'
import { mailLockNotice } from './features/account-recovery/mail-lock-notice.ts'
import { mailLoginNotice } from './features/account-recovery/mail-login-notice.ts'
import { mailPasswordNotice } from './features/account-recovery/mail-password-notice.ts'
import {
  mailRegistrationNotice,
  mailRegistrationNotice8,
  sendRegistrationMail,
} from './features/account-recovery/mail-registration-notice.ts'
import { mailResetLink, sendResetMail } from './features/account-recovery/mail-reset-link.ts'
import { mailUsernameNotice } from './features/account-recovery/mail-username-notice.ts'
import {
  mailVerificationLink,
  sendVerificationMail,
} from './features/account-recovery/mail-verification-link.ts'
import { readTables as accountRecoveryTables } from './features/account-recovery/tables.ts'
import {
  deletionNoticeMailTask,
  emailChangeMailTask,
  emailChangeNoticeMailTask,
  emailChangeTask,
  emailReversalMailTask,
  lockNoticeTask,
  passwordResetTask,
  registrationMailTask,
  resetMailTask,
  verificationMailTask,
  verificationTask,
} from './features/account-recovery/tasks.ts'
import { type Sending, sendMessages } from './features/messages/send.ts'
import { type EraseDeps, eraseLeftUser } from './features/users/erase-left-user.ts'
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

export interface ProcessManagerDeps extends Omit<AccountMailDeps, 'ensureServiceUser'>, EraseDeps {
  /** Whether users must verify their address before they can log in. */
  readonly requireVerifiedEmail: boolean
  readonly welcomeMessage: string | undefined
  readonly hashCost: HashCost
}

/**
 * The handlers in two groups, and a worker must not let one wait for the other. Those that `append` may append
 * an event, whose position clients can see; those that `send` wait for an SMTP server, and only mails to
 * addresses with an account keep it busy.
 */
export function createHandlers(given: ProcessManagerDeps): Record<'append' | 'send', Handlers> {
  const { store, hashCost } = given
  const deps = {
    ...given,
    ensureServiceUser: serviceUserEnsurer(store, hashCost),
    sendMessages: (sending: Sending) => sendMessages({ store }, sending),
  }
  const append = {
    welcome_8: sendWelcomeMessage(deps),
    welcome_after_verification_9: sendWelcomeAfterVerification(deps),
    [passwordResetTask]: mailResetLink(deps),
    [verificationTask]: mailVerificationLink(deps),
    registration_notice_8: mailRegistrationNotice8(deps),
    registration_notice_9: mailRegistrationNotice(deps),
    [emailChangeTask]: mailEmailChange(deps),
    email_change_notice_13: mailEmailChangeNotice(deps),
    email_reversal_13: mailEmailReversal(deps),
    deletion_notice_15: mailDeletionNotice(deps),
    erasure_15: eraseLeftUser(deps),
  }
  const send = {
    password_notice_8: mailPasswordNotice(deps),
    [resetMailTask]: sendResetMail(deps),
    [verificationMailTask]: sendVerificationMail(deps),
    [registrationMailTask]: sendRegistrationMail(deps),
    [emailChangeMailTask]: sendEmailChangeMail(deps),
    [emailChangeNoticeMailTask]: sendEmailChangeNotice(deps),
    [emailReversalMailTask]: sendEmailReversalMail(deps),
    [deletionNoticeMailTask]: sendDeletionNotice(deps),
    login_notice_16: mailLoginNotice(deps),
    username_notice_16: mailUsernameNotice(deps),
    [lockNoticeTask]: mailLockNotice(deps),
  }
  return { append, send }
}
