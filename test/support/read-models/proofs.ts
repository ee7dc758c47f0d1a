// What mails proved, of granted commands: the tokens that may still be shown, and the addresses that were
// verified. Written from what release 8 promises, not from its SQL.
import type { Row } from './contents.ts'
import type { RandomCommand } from './random-command.ts'
import { mailId, mailOf, mailTokenHash, userId } from './random-command.ts'

/** A token, by the mail that tells it and which of that mail's it is. */
interface Token {
  mail: number
  nth: number
  hours: number
  position: string
}

export class Proofs {
  private tokens: Token[] = []
  /** By user. */
  private readonly verified = new Map<number, { email: string; position: string }>()

  /** A command was granted, and its event, the nth of its stream, went to `position`. */
  grant(command: RandomCommand, nth: number, position: string): void {
    switch (command.kind) {
      case 'issue':
        this.issue({ mail: command.mail, hours: command.hours, nth, position })
        break
      case 'change':
        this.end(command.user, 'password_reset')
        break
      case 'verify':
        this.end(command.user, 'email_verification')
        this.verified.set(command.user, { email: command.email, position })
    }
  }

  /** The newest mail's are good, which is the one that expires last. */
  private issue(token: Token): void {
    const rivals = this.tokens.filter(
      ({ mail }) => mail !== token.mail && same(mailOf(mail), mailOf(token.mail)),
    )
    if (rivals.some(({ hours }) => hours > token.hours)) return
    this.tokens = [...this.tokens.filter((each) => !rivals.includes(each)), token]
  }

  private end(user: number, purpose: string): void {
    this.tokens = this.tokens.filter(({ mail }) => !same(mailOf(mail), { user, purpose }))
  }

  /** The rows of the read tables, in the order in which `contentsOf` has them. */
  rows(): Record<string, Row[]> {
    const tokens = this.tokens.map(({ mail, nth, position }) => ({
      token_hash: mailTokenHash(mail, nth),
      mail_id: mailId(mail),
      user_id: userId(mailOf(mail).user),
      purpose: mailOf(mail).purpose,
      position: Number(position),
    }))
    const verified = [...this.verified].map(([user, { email, position }]) => ({
      user_id: userId(user),
      email,
      position: Number(position),
    }))
    const by = (key: (row: Row) => unknown) => (a: Row, b: Row) =>
      `${key(a)}` < `${key(b)}` ? -1 : 1
    return {
      mail_tokens_8: tokens.sort(by((row) => row.token_hash)),
      verified_emails_8: verified.sort(by((row) => row.user_id)),
    }
  }
}

type Whose = { user: number; purpose: string }

function same(one: Whose, other: Whose): boolean {
  return one.user === other.user && one.purpose === other.purpose
}
