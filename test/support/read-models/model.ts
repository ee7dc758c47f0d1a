// The rules of all releases over plain maps: what a history of commands leads to, and with which
// codes a command may be refused. Written from what the product promises, not from its SQL.

import { Proofs } from './proofs.ts'
import { mailOf, type RandomCommand } from './random-command.ts'
import { Tallies } from './tallies.ts'

interface User {
  email: string
  hash: string
  username: string | null
  position: string
}

interface Session {
  user: number
  token: string
  position: string
}

interface Message {
  from: number
  to: number
  /** Null when it was deleted. */
  content: string | null
  position: string
}

/** Who read up to which position of what somebody else wrote. */
interface Receipt {
  user: number
  with: number
  upTo: string
  position: string
}

/** The state of everything, and the judge of what may come next. */
export class Model {
  readonly users = new Map<number, User>()
  readonly sessions = new Map<number, Session>()
  readonly messages = new Map<number, Message>()
  /** Whom nobody may write to, `<user> <blocked>`; at which position that began. */
  readonly blocks = new Map<string, string>()
  /** Only those that led further than the ones before. */
  readonly receipts: Receipt[] = []
  readonly tallies = new Tallies()
  readonly proofs = new Proofs()
  /** How many events each stream has, by `user 1`, `session 2`, `message 3`. */
  private readonly versions = new Map<string, number>()

  /** The stream of a command and the version its event would have; a late one is behind by one. */
  target(command: RandomCommand): { stream: string; version: number } {
    const stream = this.streamOf(command)
    // Whoever registers, starts or sends decides that his stream is new.
    if (!('late' in command)) return { stream, version: 1 }
    const version = this.versions.get(stream) ?? 0
    return { stream, version: Math.max(1, command.late ? version : version + 1) }
  }

  /** The codes of all rules that a command breaks; empty where it is granted. */
  refusals(command: RandomCommand): string[] {
    const { stream, version } = this.target(command)
    if (version !== (this.versions.get(stream) ?? 0) + 1) return ['version_conflict']
    switch (command.kind) {
      case 'register': {
        const others = [...this.users.values()]
        const email = command.email.toLowerCase()
        const { username } = command
        return codes({
          username_malformed: username !== null && !/^[a-z0-9_.-]{3,30}$/.test(username),
          email_taken: others.some((user) => user.email.toLowerCase() === email),
          username_taken: username !== null && others.some((user) => user.username === username),
        })
      }
      case 'change':
      case 'rehash':
      case 'verify':
        return codes({ user_unknown: !this.users.has(command.user) })
      case 'issue':
        return codes({ user_unknown: !this.users.has(mailOf(command.mail).user) })
      case 'start':
        return codes({
          user_unknown: !this.users.has(command.user),
          token_taken: [...this.sessions.values()].some(({ token }) => token === command.token),
        })
      case 'end':
        return codes({ not_found: this.sessions.get(command.session)?.user !== command.user })
      case 'send':
        return codes({
          sender_unknown: !this.users.has(command.from),
          recipient_unknown: !this.users.has(command.to),
          blocked: this.blocks.has(`${command.to} ${command.from}`),
        })
      case 'block':
        return codes({
          block_malformed: command.user === command.blocked,
          user_unknown: !this.users.has(command.user),
          not_found: !this.users.has(command.blocked),
        })
      case 'unblock':
        return []
      case 'edit':
      case 'delete': {
        const { from, to, content = null } = this.messages.get(command.message) ?? {}
        return codes({
          // Neither what never was nor what is gone.
          not_found: content === null,
          blocked: command.kind === 'edit' && this.blocks.has(`${to} ${from}`),
        })
      }
      case 'read':
        return codes({
          up_to_malformed: !this.messages.has(command.message),
          not_found: this.between(...this.readers(command)).length === 0,
        })
    }
  }

  /** Grants a command whose event went to `position`, at that time. */
  grant(command: RandomCommand, position: string, recordedAt: string): void {
    this.tallies.grant(command, position, recordedAt)
    const { stream, version } = this.target(command)
    this.versions.set(stream, version)
    this.proofs.grant(command, version, position)
    switch (command.kind) {
      case 'register': {
        const { email, username } = command
        this.users.set(command.user, { email, username, hash: 'first', position })
        break
      }
      case 'change': {
        const user = this.users.get(command.user)
        if (user) this.users.set(command.user, { ...user, hash: command.hash })
        for (const [id, session] of this.sessions) {
          if (session.user === command.user && id !== command.session) this.sessions.delete(id)
        }
        break
      }
      case 'rehash': {
        const user = this.users.get(command.user)
        if (user) this.users.set(command.user, { ...user, hash: command.hash })
        break
      }
      case 'start':
        this.sessions.set(command.session, { user: command.user, token: command.token, position })
        break
      case 'end':
        this.sessions.delete(command.session)
        break
      case 'send': {
        const { from, to, content } = command
        this.messages.set(command.message, { from, to, content, position })
        break
      }
      case 'block': {
        const pair = `${command.user} ${command.blocked}`
        if (!this.blocks.has(pair)) this.blocks.set(pair, position)
        break
      }
      case 'unblock':
        this.blocks.delete(`${command.user} ${command.blocked}`)
        break
      case 'edit':
      case 'delete': {
        const message = this.messages.get(command.message)
        const content = command.kind === 'edit' ? command.content : null
        if (message) this.messages.set(command.message, { ...message, content })
        break
      }
      case 'read': {
        const [user, partner] = this.readers(command)
        const upTo = this.messages.get(command.message)?.position ?? '0'
        if (Number(upTo) <= this.readPosition(user, partner)) break
        this.receipts.push({ user, with: partner, upTo, position })
      }
    }
  }

  /** Who reads what whom wrote. */
  readers({
    by,
    message,
    ...named
  }: RandomCommand & { kind: 'read' }): [user: number, partner: number] {
    const there = this.messages.get(message)
    if (!there || by === 'anybody') return [named.user, named.with]
    return by === 'recipient' ? [there.to, there.from] : [there.from, there.to]
  }

  /** The messages that two users exchanged, or one wrote to himself; oldest first. */
  between(user: number, partner: number): (Message & { id: number })[] {
    return [...this.messages]
      .map(([id, message]) => ({ id, ...message }))
      .filter(
        ({ from, to }) => (from === user && to === partner) || (from === partner && to === user),
      )
  }

  private streamOf(command: RandomCommand): string {
    switch (command.kind) {
      case 'register':
      case 'change':
      case 'rehash':
      case 'verify':
        return `user ${command.user}`
      case 'issue':
        return `mail ${command.mail}`
      case 'start':
      case 'end':
        return `session ${command.session}`
      case 'send':
      case 'edit':
      case 'delete':
        return `message ${command.message}`
      case 'block':
      case 'unblock':
        return `block ${command.user} ${command.blocked}`
      case 'read':
        return `conversation ${this.readers(command).join(' ')}`
    }
  }

  /** How far a user has read what another one wrote; 0: nothing. */
  readPosition(user: number, partner: number): number {
    const his = this.receipts.filter((each) => each.user === user && each.with === partner)
    return Math.max(0, ...his.map(({ upTo }) => Number(upTo)))
  }
}

function codes(broken: Record<string, boolean>): string[] {
  return Object.entries(broken).flatMap(([code, isBroken]) => (isBroken ? code : []))
}
