/**
 * Registering where addresses must be verified: the answer is the same whether or not somebody has the
 * address. Who has it hears of it by mail, either way; whoever asks has to read that mail.
 *
 * A username is public, so that one is taken may be told, and is looked up first: a constraint of an
 * address may be the first to refuse, and would then answer for both.
 */

import { RejectedError } from '../event-store/errors.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { ask } from '../tasks/task.ts'
import { type Registration, registerUser, type UserCommandDeps } from './commands.ts'
import { isUsernameTaken } from './queries.ts'

/** The process that tells an address's owner that somebody registered with it, again. */
export const registrationNoticeTask = 'registration_notice_8'

/** Registers a user, or has the mail sent. Throws `username_taken`, never `email_taken`. */
export async function registerQuietly(
  deps: UserCommandDeps & { readonly pool: Queryable },
  registration: Registration,
): Promise<void> {
  const { email, username, key } = registration
  // Under a key it may be a repeat, whose username is taken by itself.
  if (!key && (await isUsernameTaken(deps.pool, username))) {
    throw new RejectedError('username_taken', 'somebody has this username')
  }
  try {
    await registerUser(deps, registration)
  } catch (error) {
    if (!(error instanceof RejectedError && error.code === 'email_taken')) throw error
    await ask(deps.pool, registrationNoticeTask, { email })
  }
}
