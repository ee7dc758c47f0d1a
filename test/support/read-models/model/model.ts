// The promises of all releases in memory: the state to which a history of commands leads, and the codes
// with which a command can be rejected. Written from what the product promises, not from its SQL.

import { effects } from './effects.ts'
import { mailOf, type RandomCommand } from './random-command.ts'
import { type BrokenRules, rules } from './rules.ts'
import { State } from './state.ts'
import { StatisticsAndHistory } from './statistics-and-history.ts'
import { TokensAndEmails } from './tokens-and-emails.ts'

/** Judges the next command by the state, and changes the state with each accepted command. */
export class Model extends State {
  readonly statisticsAndHistory = new StatisticsAndHistory()
  readonly tokensAndEmails = new TokensAndEmails()
  /** How many events each stream has, by `user 1`, `session 2`, `message 3`. */
  private readonly versions = new Map<string, number>()

  /** The stream of a command and the version of its event; a late command's is one too low. */
  target(command: RandomCommand): { stream: string; version: number } {
    const stream = this.streamOf(command)
    if (command.kind === 'forget') {
      return { stream, version: (this.versions.get(stream) ?? 0) + 1 }
    }
    // Commands that register, start or send expect a new stream.
    if (!('late' in command)) return { stream, version: 1 }
    const version = this.versions.get(stream) ?? 0
    return { stream, version: Math.max(1, command.late ? version : version + 1) }
  }

  /** The codes of all rules that a command breaks; empty where the database must accept it. */
  rejections(command: RandomCommand): string[] {
    const { stream, version } = this.target(command)
    if (version !== (this.versions.get(stream) ?? 0) + 1) return ['version_conflict']
    const rule = rules[command.kind] as (state: State, command: RandomCommand) => BrokenRules
    const broken = Object.entries(rule(this, command)).filter(([, isBroken]) => isBroken)
    const isErased = this.departed.has(this.personOf(command) ?? -1)
    return [...(isErased ? ['not_found'] : []), ...broken.map(([code]) => code)]
  }

  /** The user whom an event is about, whose erasure is the end of such events. */
  private personOf(command: RandomCommand): number | undefined {
    switch (command.kind) {
      case 'forget':
        return undefined
      case 'send':
        return command.from
      case 'edit':
      case 'delete':
        return this.messages.get(command.message)?.from
      case 'read':
        return this.readerAndPartner(command)[0]
      case 'block':
      case 'unblock':
        return command.user
      default:
        return accountOf(command, this.reports)
    }
  }

  /** Applies an accepted command, whose event has this position and time. */
  apply(command: RandomCommand, position: string, recordedAt: string): void {
    this.statisticsAndHistory.apply(command, position, recordedAt)
    const user = accountOf(command, this.reports)
    if (user !== undefined) this.personalEvents.push({ user, position })
    const { stream, version } = this.target(command)
    this.versions.set(stream, version)
    this.tokensAndEmails.apply(command, version, position)
    const effect = effects[command.kind] as Effect
    effect(this, command, position, version)
  }

  private streamOf(command: RandomCommand): string {
    switch (command.kind) {
      case 'repeat':
        return `registration ${command.registration}`
      case 'issue':
        return `mail ${command.mail}`
      case 'ask':
        return `request ${command.mail}`
      case 'offer':
        return `notice ${command.mail}`
      case 'propose':
        return `proposal ${command.mail}`
      case 'suspend':
      case 'reinstate':
        return `suspension ${command.user}`
      case 'report':
      case 'settle':
        return `report ${command.report}`
      case 'start':
      case 'end':
      case 'label':
        return `session ${command.session}`
      case 'send':
      case 'edit':
      case 'delete':
        return `message ${command.message}`
      case 'block':
      case 'unblock':
        return `block ${command.user} ${command.blocked}`
      case 'read':
        return `conversation ${this.readerAndPartner(command).join(' ')}`
      // All others are about the account of a user.
      default:
        return `user ${command.user}`
    }
  }
}

type Effect = (state: State, command: RandomCommand, position: string, version: number) => void

/** The user whose account an event is about; undefined for messages, receipts, blocks and erasures. */
function accountOf(command: RandomCommand, reports: State['reports']): number | undefined {
  if (command.kind === 'settle') return reports.get(command.report)?.user
  if (command.kind === 'issue') return mailOf(command.mail).user
  const isAbout =
    'user' in command && !['block', 'unblock', 'read', 'forget'].includes(command.kind)
  return isAbout ? command.user : undefined
}
