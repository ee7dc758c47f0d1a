/** The operator who runs a command, for the audit list and for events. */

import { userInfo } from 'node:os'
import { operatorName } from '../admin/actor.ts'
import { type Options, UsageError } from './verb.ts'

/** The option, for commands that change something. */
export const actorOption = { actor: { type: 'string' } } as const

/** The name of the operator: that of `--actor`, or of the user of the operating system. Throws UsageError. */
export function actorOf({ actor }: Options): string {
  const parsed = operatorName.safeParse(actor ?? systemUser())
  if (parsed.success) return parsed.data
  throw new UsageError('--actor takes a name of 1 to 100 characters on one line')
}

/** A process in a container can run under a number that no user has. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}
