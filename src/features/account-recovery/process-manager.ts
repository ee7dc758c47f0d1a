/**
 * What processes work with. A process brings two domains together that know nothing of each other:
 * it reacts to an event of one with a command of another, or with a mail. It decides nothing that an
 * aggregate decides, and is told from outside what happened.
 */

import type { EventStore } from '../../platform/event-store/event-store.ts'
import { uuidV5 } from '../../platform/event-store/uuid-v5.ts'
import type { Task } from '../../platform/job-queue/task.ts'
import type { SendMail } from '../../platform/mail/mail.ts'
import type { HashCost } from '../../platform/passwords/hash.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { TokenSource } from './token-source.ts'

export interface ProcessDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly sendMail: SendMail
  readonly tokens: TokenSource
  readonly hashCost: HashCost
  /** Where links lead, without a slash at its end. */
  readonly publicUrl: string
}

/** The namespace of all mails' ids; drawn once, never to change. */
const namespace = 'f1b1c3a2-7a5e-4f0e-9a53-0f4d2b8c6e17'

/** The id of the mail that a task leads to: the same however often the task is done. */
export function mailId({ process, cause, id }: Task): string {
  return uuidV5(namespace, `${process} ${cause ?? id}`)
}
