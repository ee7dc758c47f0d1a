// The state of the model over plain maps: users, sessions, messages, blocks and receipts.
import type { CommandOf, Outcome } from './random-command.ts'

interface User {
  email: string
  hash: string
  username: string | null
  position: string
}

interface Session {
  user: number
  token: string
  label: 'desk' | 'phone' | null
  position: string
}

interface Message {
  from: number
  to: number
  /** Null once the message is deleted. */
  content: string | null
  /** 1, and one more for each edit and the deletion. */
  version: number
  position: string
}

/** How far a user has read the messages of another. */
interface Receipt {
  user: number
  with: number
  upTo: string
  position: string
}

/** An event that concerns a user. */
export interface OfUser {
  readonly user: number
  readonly position: string
}

/** An address that a user asked for, by the token in the mail to it. */
interface RequestedEmail {
  mail: number
  nth: number
  user: number
  email: string
  hours: number
  position: string
}

/** A verified address that a change replaced, and the token that sets it back. */
interface ReplacedEmail {
  user: number
  email: string
  token: string | null
  position: string
}

/** A user who left, by which deletion, and the token that restores the account. */
interface Left {
  leaving: string
  email: string
  token: string | null
  position: string
}

/** A report of a message, and how it was settled. */
interface Report {
  user: number
  message: number
  sender: number
  /** Empty once the reporter is erased. */
  reason: 'a reason' | ''
  outcome: Outcome | null
  position: string
}

export class State {
  readonly users = new Map<number, User>()
  readonly sessions = new Map<number, Session>()
  readonly messages = new Map<number, Message>()
  /** The users whose personal data were erased, and the position of the erasure. */
  readonly departed = new Map<number, string>()
  /** The users who get and send no messages, since they left or were erased, and the position since which. */
  readonly silent = new Map<number, string>()
  readonly left = new Map<number, Left>()
  /** By `<user> <blocked>`: the position at which the block began. */
  readonly blocks = new Map<string, string>()
  /** Each event of a block. */
  readonly blockChanges: OfUser[] = []
  /** Each event of an account. */
  readonly personalEvents: OfUser[] = []
  /** The users who are suspended. `since` is a later position if the user was restored in the meantime. */
  readonly suspended = new Map<number, { reason: string; position: string; since: string }>()
  readonly reports = new Map<number, Report>()
  requestedEmails: RequestedEmail[] = []
  /** By the username: for whom it is reserved, and whether the time is not over. */
  readonly reservedUsernames = new Map<string, OfUser & { readonly isActive: boolean }>()
  /** By the id of the change. */
  readonly replacedEmails = new Map<string, ReplacedEmail>()
  /** Receipts that go further than all earlier ones of the same two users. */
  readonly receipts: Receipt[] = []

  /** The user who reads a message, and the other user of that conversation. */
  readerAndPartner({ by, message, ...named }: CommandOf<'read'>): [user: number, partner: number] {
    const found = this.messages.get(message)
    if (!found || by === 'named') return [named.user, named.with]
    return by === 'recipient' ? [found.to, found.from] : [found.from, found.to]
  }

  /** The messages that two users exchanged, or that one user sent to themselves; oldest first. */
  between(user: number, partner: number): (Message & { id: number })[] {
    return [...this.messages]
      .map(([id, message]) => ({ id, ...message }))
      .filter(
        ({ from, to }) => (from === user && to === partner) || (from === partner && to === user),
      )
  }

  /** The position up to which a user has read another's messages; 0 where nothing is read. */
  readPosition(user: number, partner: number): number {
    const receipts = this.receipts.filter((each) => each.user === user && each.with === partner)
    return Math.max(0, ...receipts.map(({ upTo }) => Number(upTo)))
  }
}
