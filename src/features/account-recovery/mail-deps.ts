/** What the process managers that send mail work with, and how their mails are identified. */

import type { EventStore } from '../../platform/event-store/event-store.ts'
import { uuidV5 } from '../../platform/event-store/uuid-v5.ts'
import type { SendMail } from '../../platform/mail/mail.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Task } from '../../platform/task-queue/task.ts'
import type { TokenSource } from './token-source.ts'

export interface MailDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly sendMail: SendMail
  readonly tokens: TokenSource
  /** Where links lead, without a slash at its end. */
  readonly publicUrl: string
}

/** The namespace of all mails' ids; drawn once, never to change. */
const namespace = 'f1b1c3a2-7a5e-4f0e-9a53-0f4d2b8c6e17'

/** The id of the mail that a task leads to: the same however often the task is done. */
export function mailId({ process, cause, id }: Task): string {
  return uuidV5(namespace, `${process} ${cause ?? id}`)
}
