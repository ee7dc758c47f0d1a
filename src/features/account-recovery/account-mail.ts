/**
 * The mails of this feature's process managers: what they need to send one, and the ids that make a retry
 * recognizable as the same mail.
 */

import type { EventStore } from '../../platform/event-store/event-store.ts'
import { uuidV5 } from '../../platform/event-store/uuid-v5.ts'
import { render } from '../../platform/mail/letter.ts'
import type { SendMail } from '../../platform/mail/mail.ts'
import type { MailKind, MayMail } from '../../platform/mail/mail-quotas.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Task } from '../../platform/task-queue/task.ts'
import { findLanguage } from '../users/queries.ts'
import { type AccountLetters, type LetterName, toDevice, toTime } from './letters.ts'
import type { TokenSource } from './token-source.ts'

export interface AccountMailDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly sendMail: SendMail
  /** Keeps the mails to one address within their quotas. */
  readonly mayMail: MayMail
  readonly tokens: TokenSource
  /** Registers the service's own user unless it exists. */
  readonly ensureServiceUser: () => Promise<void>
  readonly letters: AccountLetters
  /** Replaces `{product}` in letters. */
  readonly productName: string
  /** The base URL of links in mails, without a trailing slash. */
  readonly publicUrl: string
}

/** The UUIDv5 namespace of all mail ids. It never changes. */
const namespace = 'f1b1c3a2-7a5e-4f0e-9a53-0f4d2b8c6e17'

/** The id of the mail that a task, or the rest of it, sends: the same in every attempt. */
export function mailId({ process, cause, id, data }: Task): string {
  return data.mailId ?? uuidV5(namespace, `${process} ${cause ?? id}`)
}

const hourMs = 60 * 60 * 1000

/**
 * When the link of a task's mail expires: `hours` after the request, the same in every attempt.
 * Undefined if that is over: a mail delayed beyond the lifetime of its link would be useless.
 */
export function expiryOf({ askedAt, data }: Task, hours: number): Date | undefined {
  const expiry = new Date(new Date(data.askedAt ?? askedAt).getTime() + hours * hourMs)
  return expiry.getTime() > Date.now() ? expiry : undefined
}

/** What a mail needs of its recipient. */
export interface Recipient {
  readonly id: string
  readonly email: string
  readonly username: string | null
  readonly emailVerified: boolean
}

/** A link to a page of `pages.ts`, and when it expires. */
export interface Link {
  readonly page:
    | 'reset-password'
    | 'verify-email'
    | 'change-email'
    | 'restore-email'
    | 'restore-account'
    | 'end-session'
  readonly token: string
  readonly expiresAt: Date
}

/**
 * The URL of a link, whose page is in this language. What follows the `#` is sent to no server. The page of a user
 * who has not verified the address offers to change the username, which a stranger may have chosen.
 */
function urlOf(
  publicUrl: string,
  { page, token }: Link,
  { emailVerified, username }: Recipient,
  language: string,
): string {
  const present = emailVerified ? '' : `&username=${username ?? ''}`
  return `${publicUrl}/${page}?lang=${language}#token=${token}${present}`
}

/** Counts the one mail of a task to a user, and returns whether it may be sent. */
export function mayMailUser(
  { mayMail }: Pick<AccountMailDeps, 'mayMail'>,
  task: Task,
  { email }: { readonly email: string },
  kind: MailKind,
): Promise<boolean> {
  return mayMail(kind, { id: mailId(task), to: email })
}

/** What a letter contains besides the product's name. */
interface Contents {
  readonly link?: Link
  /** When it happened. */
  readonly at?: Date
  /** Of the login that the letter is about; null if the client sent none. */
  readonly userAgent?: string | null
}

/** Sends the one mail of a task to a user, in the user's language. Call `mayMailUser` first. */
export async function mailUser(
  { pool, letters, sendMail, productName, publicUrl }: AccountMailDeps,
  task: Task,
  user: Recipient,
  name: LetterName,
  { link, at, userAgent }: Contents = {},
): Promise<void> {
  const letter = letters.find(name, await findLanguage(pool, user.id))
  const { language } = letter
  const values = {
    product: productName,
    ...(link && {
      link: urlOf(publicUrl, link, user, language),
      expiry: toTime(link.expiresAt, language),
    }),
    ...(at && { time: toTime(at, language) }),
    ...(userAgent !== undefined && { device: toDevice(userAgent) }),
  }
  await sendMail({ id: mailId(task), to: user.email, ...render(letter, values) })
}
