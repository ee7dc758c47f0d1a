/**
 * The tasks that this feature's routes enqueue. The process managers of the same name answer them in the
 * background, so that the response cannot show whether an address has an account.
 */

/** Mails a password reset link to the address `email`. */
export const passwordResetTask = 'password_reset_8'

/** Mails a verification link to the address `email`. The database enqueues it too, with a `userId`. */
export const verificationTask = 'verification_8'
