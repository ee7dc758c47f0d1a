/** What the commands that handle a password need. */

import type { EventStore } from '../../platform/event-store/event-store.ts'
import type { CheckPassword } from '../../platform/passwords/attempts.ts'
import type { PasswordHasher } from '../../platform/passwords/hasher.ts'

export interface UserCommandDeps {
  readonly store: EventStore
  readonly hasher: PasswordHasher
  readonly checkPassword: CheckPassword
  /** In code points. */
  readonly passwordMinLength: number
}
