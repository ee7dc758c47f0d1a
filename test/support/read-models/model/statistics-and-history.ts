// The part of the model for releases 7 and 9: the counters of message statistics and of verified users, and
// the history of users.
// Nothing of this is ever taken back, except the history of a user whose personal data are erased.
import type { Row } from '../contents.ts'
import type { RandomCommand } from './random-command.ts'
import { mailOf, sessionId, userId } from './random-command.ts'

/** The counters of one UTC day within one block of positions. */
interface Count {
  messages: number
  users: number
}

/** The history entry that a command leaves, by its kind. */
const historyEntries: Partial<Record<RandomCommand['kind'], string>> = {
  register: 'registered',
  change: 'password_changed',
  start: 'logged_in',
  end: 'session_ended',
  verify: 'email_verified',
  rename: 'username_changed',
  choose: 'username_changed',
  readdress: 'email_changed',
  restore: 'email_change_reverted',
  leave: 'account_deleted',
  return: 'account_restored',
  suspend: 'suspended',
  reinstate: 'reinstated',
}

export class StatisticsAndHistory {
  private history: Row[] = []
  /** By day and block, `2026-11-21 0`. */
  private readonly counts = new Map<string, Count>()
  /** By day, in the order of their first messages. */
  private readonly senders = new Map<string, Set<number>>()

  /** The day of each user's first verification. */
  private readonly verified = new Map<number, string>()

  /** Applies an accepted command, whose event has this position and time (in any time zone). */
  apply(command: RandomCommand, position: string, recordedAt: string): void {
    if (command.kind === 'forget') {
      this.history = this.history.filter(({ user_id }) => user_id !== userId(command.user))
      return
    }
    const what = historyEntries[command.kind]
    if (what && 'user' in command) {
      this.remember(command.user, position, what, 'session' in command ? command.session : null)
    }
    if (command.kind === 'issue') {
      const { user, purpose } = mailOf(command.mail)
      if (purpose === 'password_reset')
        this.remember(user, position, 'password_reset_requested', null)
    }
    const day = new Date(recordedAt).toISOString().slice(0, 10)
    if (command.kind === 'verify' && !this.verified.has(command.user)) {
      this.verified.set(command.user, day)
    }
    if (command.kind !== 'register' && command.kind !== 'send') return
    const key = `${day} ${BigInt(position) / 4096n}`
    const { messages, users } = this.counts.get(key) ?? { messages: 0, users: 0 }
    if (command.kind === 'register') {
      this.counts.set(key, { messages, users: users + 1 })
    } else {
      this.counts.set(key, { messages: messages + 1, users })
      this.senders.set(day, (this.senders.get(day) ?? new Set()).add(command.from))
    }
  }

  private remember(user: number, at: string, what: string, session: number | null): void {
    const session_id = session === null ? null : sessionId(session)
    this.history.push({ user_id: userId(user), position: Number(at), what, session_id })
  }

  /** The rows of the read tables, in the order of `contentsOf`. */
  rows(): Record<string, Row[]> {
    const counts = [...this.counts].map(([key, { messages, users }]) => {
      const [day, block] = key.split(' ')
      return { day, block: Number(block), messages_sent: messages, new_users: users }
    })
    const senders = [...this.senders].flatMap(([day, users]) =>
      [...users].map((user, n) => ({ day, user_id: userId(user), number: n + 1 })),
    )
    const onDay = new Map<string, number>()
    const verified = [...this.verified].map(([user, day]) => {
      onDay.set(day, (onDay.get(day) ?? 0) + 1)
      return { user_id: userId(user), day, number: onDay.get(day) as number }
    })
    return {
      verified_users_9: sorted(verified),
      message_statistics_7: sorted(counts),
      message_senders_7: sorted(senders),
      user_history_7: sorted(this.history),
    }
  }
}

/** Sorts rows by their columns as text. */
function sorted(rows: Row[]): Row[] {
  const text = (row: Row) => Object.values(row).join(',')
  return rows.sort((a, b) => (text(a) < text(b) ? -1 : 1))
}
