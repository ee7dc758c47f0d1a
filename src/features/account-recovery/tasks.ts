/**
 * The tasks that this feature's routes enqueue, and those that send the mails. The process managers of the same
 * name answer them in the background, so that the response cannot show whether an address has an account.
 */

/** Mails a password reset link to the address `email`. */
export const passwordResetTask = 'password_reset_8'

/** Mails a verification link to the address `email`. The database enqueues it too, with a `userId`. */
export const verificationTask = 'verification_8'

/** Mails the address `email`, which the user `userId` asked for, a link that confirms it. */
export const emailChangeTask = 'email_change_13'

/** Mails the owner of the address `email` that too many wrong passwords have locked the account. */
export const lockNoticeTask = 'lock_notice_16'

/** The rest of each task whose mail needs a token: sends the mail once the token is issued. */
export const resetMailTask = 'password_reset_mail_9'
export const verificationMailTask = 'verification_mail_9'
export const registrationMailTask = 'registration_notice_mail_9'
export const emailChangeMailTask = 'email_change_mail_13'
export const emailChangeNoticeMailTask = 'email_change_notice_mail_13'
export const emailReversalMailTask = 'email_reversal_mail_13'
export const deletionNoticeMailTask = 'deletion_notice_mail_15'
