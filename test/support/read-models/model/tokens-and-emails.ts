// The part of the model for release 8: mail tokens that are still valid, and verified addresses. Written
// from what release 8 promises, not from its SQL.
import type { Row } from '../contents.ts'
import type { RandomCommand } from './random-command.ts'
import { mailId, mailOf, mailTokenHash, userId } from './random-command.ts'

/** The nth token of a mail, and in how many hours it expires. */
interface Token {
  mail: number
  nth: number
  hours: number
  position: string
}

export class TokensAndEmails {
  private tokens: Token[] = []
  /** By user. */
  private readonly verified = new Map<number, { email: string; position: string }>()

  /** Applies an accepted command, whose event is the nth of its stream and has this position. */
  apply(command: RandomCommand, nth: number, position: string): void {
    switch (command.kind) {
      case 'issue':
        this.issue({ mail: command.mail, hours: command.hours, nth, position })
        break
      case 'change':
        this.invalidate(command.user, 'password_reset')
        break
      case 'leave':
      case 'readdress':
      case 'restore':
        this.invalidate(command.user, 'password_reset')
        this.invalidate(command.user, 'email_verification')
        break
      case 'verify':
        this.invalidate(command.user, 'email_verification')
        this.verified.set(command.user, { email: command.email, position })
        break
      case 'forget':
        this.tokens = this.tokens.filter(({ mail }) => mailOf(mail).user !== command.user)
        this.verified.delete(command.user)
    }
  }

  /** Of one user and purpose, only the tokens of the newest mail are valid: it expires last. */
  private issue(token: Token): void {
    const rivals = this.tokens.filter(
      ({ mail }) => mail !== token.mail && same(mailOf(mail), mailOf(token.mail)),
    )
    if (rivals.some(({ hours }) => hours > token.hours)) return
    this.tokens = [...this.tokens.filter((each) => !rivals.includes(each)), token]
  }

  private invalidate(user: number, purpose: string): void {
    this.tokens = this.tokens.filter(({ mail }) => !same(mailOf(mail), { user, purpose }))
  }

  /** The rows of the read tables, in the order of `contentsOf`. */
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

type UserAndPurpose = { user: number; purpose: string }

function same(one: UserAndPurpose, other: UserAndPurpose): boolean {
  return one.user === other.user && one.purpose === other.purpose
}
