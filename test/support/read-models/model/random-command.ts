// One command of a random history, and the ids, mails and tokens that its small numbers stand for.

import { idOf } from '../../ids.ts'

/**
 * A command. Small numbers name users, sessions, messages and mails. A `late` command was decided on a
 * version of its stream that is no longer the newest.
 */
export type RandomCommand =
  | { kind: 'register'; release: 0 | 1; user: number; email: string; username: string | null }
  | { kind: 'change'; user: number; session: number | null; hash: string; late: boolean }
  | { kind: 'rehash'; user: number; hash: string; late: boolean }
  | { kind: 'start'; release: 0 | 10; session: number; user: number; token: string; label: Label }
  | { kind: 'end'; session: number; user: number; late: boolean }
  | { kind: 'label'; session: number; user: number; label: Label; late: boolean }
  | { kind: 'send'; message: number; from: number; to: number; content: string }
  | { kind: 'block'; user: number; blocked: number; late: boolean }
  | { kind: 'unblock'; user: number; blocked: number; late: boolean }
  | { kind: 'edit'; message: number; content: string; late: boolean }
  | { kind: 'delete'; message: number; late: boolean }
  | { kind: 'issue'; mail: number; hours: number; late: boolean }
  | { kind: 'verify'; user: number; email: string; late: boolean }
  | { kind: 'rename'; user: number; username: string; late: boolean }
  | { kind: 'choose'; user: number; username: string; reserved: boolean; late: boolean }
  | { kind: 'readdress'; user: number; email: string; verified: boolean; late: boolean }
  | { kind: 'restore'; user: number; email: string; change: number; late: boolean }
  | { kind: 'ask'; mail: number; user: number; email: string; hours: number; late: boolean }
  | { kind: 'offer'; mail: number; user: number; change: number; hours: number; late: boolean }
  | { kind: 'suspend'; user: number; reason: string; late: boolean }
  | { kind: 'reinstate'; user: number; late: boolean }
  | { kind: 'report'; report: number; user: number; message: number; sender: number }
  | { kind: 'settle'; report: number; outcome: Outcome; late: boolean }
  | { kind: 'repeat'; registration: number; user: number }
  | { kind: 'leave'; user: number; late: boolean }
  | { kind: 'return'; user: number; email: string; username: string | null; late: boolean }
  | { kind: 'propose'; mail: number; user: number; leaving: number; hours: number; late: boolean }
  | { kind: 'forget'; user: number; kept: readonly 'messages'[] }
  | { kind: 'read'; by: Reader; message: number; user: number; with: number; late: boolean }

/** A command that is appended; an erasure is not. */
export type AppendedCommand = Exclude<RandomCommand, { kind: 'forget' }>

/** The command of one kind. */
export type CommandOf<Kind extends RandomCommand['kind']> = Extract<RandomCommand, { kind: Kind }>

/** Sessions of release 0 have no label. */
export type Label = 'desk' | 'phone' | null

/** How an operator settles a report. */
export type Outcome = 'upheld' | 'dismissed'

/** The user who reads a message: its recipient, its sender, or the one whom the command names. */
export type Reader = 'recipient' | 'sender' | 'named'

export const userId = (n: number): string => idOf(1000 + n)
export const sessionId = (n: number): string => idOf(2000 + n)
export const messageId = (n: number): string => idOf(3000 + n)
export const mailId = (n: number): string => idOf(7000 + n)
export const reportId = (n: number): string => idOf(7500 + n)

/** The mails about a change of address: requests, and notices; and those about a deletion. */
export const requestId = (n: number): string => idOf(7100 + n)
export const proposalId = (n: number): string => idOf(7300 + n)
export const noticeId = (n: number): string => idOf(7200 + n)

/** The change of address that is the nth event of its user. */
export const changeId = (user: number, nth: number): string => idOf(9000 + 100 * user + nth)

/** The deletion of an account that is the nth event of its user. */
export const leavingId = (user: number, nth: number): string => idOf(10_000 + 100 * user + nth)

/** The user and purpose of a mail: few of both, so that mails of the same two occur. */
export const mailOf = (n: number) => ({
  user: n >> 2,
  purpose: n % 2 === 0 ? 'password_reset' : 'email_verification',
})

/** The hash of a mail's nth token. */
export const mailTokenHash = (mail: number, nth: number): string => tokenHash(`${mail} ${nth}`)

export const requestTokenHash = (mail: number, nth: number) => tokenHash(`r ${mail} ${nth}`)
export const proposalTokenHash = (mail: number, nth: number) => tokenHash(`p ${mail} ${nth}`)
export const noticeTokenHash = (mail: number, nth: number) => tokenHash(`n ${mail} ${nth}`)

/** A token's hash in the form of a bytea in JSON. */
export const tokenHash = (token: string): string => `\\x${Buffer.from(token).toString('hex')}`
