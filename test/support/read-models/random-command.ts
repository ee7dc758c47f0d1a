// One command of a random history, and the ids, mails and tokens that its small numbers stand for.

import { idOf } from '../ids.ts'

/** What somebody asks for. Ids are small numbers, which name users, sessions, messages and mails. */
export type RandomCommand =
  | { kind: 'register'; release: 0 | 1; user: number; email: string; username: string | null }
  | { kind: 'change'; user: number; session: number | null; hash: string; late: boolean }
  | { kind: 'rehash'; user: number; hash: string; late: boolean }
  | { kind: 'start'; session: number; user: number; token: string }
  | { kind: 'end'; session: number; user: number; late: boolean }
  | { kind: 'send'; message: number; from: number; to: number; content: string }
  | { kind: 'block' | 'unblock'; user: number; blocked: number; late: boolean }
  | { kind: 'edit'; message: number; content: string; late: boolean }
  | { kind: 'delete'; message: number; late: boolean }
  | { kind: 'issue'; mail: number; hours: number; late: boolean }
  | { kind: 'verify'; user: number; email: string; late: boolean }
  | { kind: 'read'; by: Reader; message: number; user: number; with: number; late: boolean }

/** Who reads: one of the two whose message it is, or whoever else is named. */
export type Reader = 'recipient' | 'sender' | 'anybody'

export const userId = (n: number): string => idOf(1000 + n)
export const sessionId = (n: number): string => idOf(2000 + n)
export const messageId = (n: number): string => idOf(3000 + n)
export const mailId = (n: number): string => idOf(7000 + n)

/** Whose a mail is, and what it is good for: few, so that one mail meets another. */
export const mailOf = (n: number) => ({
  user: n >> 2,
  purpose: n % 2 === 0 ? 'password_reset' : 'email_verification',
})

/** Of the nth token of a mail. */
export const mailTokenHash = (mail: number, nth: number): string => tokenHash(`${mail} ${nth}`)

/** A token's hash as JSON tells bytea. */
export const tokenHash = (token: string): string => `\\x${Buffer.from(token).toString('hex')}`
