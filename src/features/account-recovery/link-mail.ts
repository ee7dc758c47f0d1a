/**
 * Mails with links, in two tasks: the first issues the token, and its rest sends the mail. Clients can see when
 * a token is issued, by the positions of the log, so no token may wait for an SMTP server, which only an address
 * with an account keeps busy.
 *
 * Promises that the first task does the same work whether a mail is due or not. The token is not handed
 * over but derived again, or by another worker replaced by a second name of it (`retry-tokens.ts`).
 */

import type { MailKind } from '../../platform/mail/mail-quotas.ts'
import type { Handler, Rest, Task } from '../../platform/task-queue/task.ts'
import { type Profile, profileFinder } from '../users/queries.ts'
import {
  type AccountMailDeps,
  mailId,
  mailUser,
  mayMailUser,
  type Recipient,
} from './account-mail.ts'
import type { Grant } from './events.ts'
import { issueToken } from './issue-token.ts'
import type { LetterName } from './letters.ts'

interface Issue {
  /** The process manager that sends the mail. */
  readonly next: string
  /** The recipient; undefined if no mail is due. */
  readonly user: Pick<Recipient, 'id'> | undefined
  /** The version of the recipient's stream that decided so, if a later one would make the mail void. */
  readonly version?: number | undefined
  readonly address: string
  readonly kind: MailKind
  readonly grant: Grant
  readonly expiresAt: Date
  /** Whether the mail has a link. */
  readonly hasLink?: boolean
}

/** Issues the token of a task's mail, within the quota of the address. Returns the rest: to send the mail. */
export async function issueBeforeMail(
  deps: AccountMailDeps,
  task: Task,
  issue: Issue,
): Promise<Rest> {
  const { next, user, address, kind, grant, expiresAt, version, hasLink = true } = issue
  const id = mailId(task)
  // Before a token is issued: it would replace the link that the user has.
  const isAllowed = await deps.mayMail(kind, { id, to: address, isDue: user !== undefined })
  const userId = isAllowed ? user?.id : undefined
  const owner = hasLink && userId ? { userId, version } : { userId: undefined }
  const token = { id, grant, expiresAt, ...owner }
  await issueToken(deps, token, task.cause, task.data.actor)
  const askedAt = task.askedAt.toISOString()
  return { process: next, data: { mailId: id, askedAt, ...(userId && { userId }) } }
}

/** Handles the rest of a task: calls `send` with the recipient, if the mail is still due. */
export function sendRest(
  deps: AccountMailDeps,
  send: (task: Task, user: Profile) => Promise<void>,
): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId } = task.data
    const user = userId && (await findProfile(userId))
    if (user) await send(task, user)
  }
}

interface LinkMail extends Pick<Issue, 'kind' | 'grant' | 'expiresAt'> {
  readonly letter: LetterName
}

const pages = {
  password_reset: 'reset-password',
  email_verification: 'verify-email',
  email_change: 'change-email',
  email_reversal: 'restore-email',
  restoration: 'restore-account',
} as const

/** Mails a user the link of the token that `issueBeforeMail` has issued. */
export async function mailLink(
  deps: AccountMailDeps,
  task: Task,
  user: Recipient,
  { kind, grant, expiresAt, letter }: LinkMail,
): Promise<void> {
  if (!(await mayMailUser(deps, task, user, kind))) return
  const issue = { id: mailId(task), grant, expiresAt, userId: user.id }
  const token = await issueToken(deps, issue, task.cause)
  const link = { page: pages[grant.purpose], token, expiresAt }
  await mailUser(deps, task, user, letter, { link })
}
