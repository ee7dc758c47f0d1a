// Ann, who starts sessions and writes messages, and Bob, who has blocked her: for tests of what appends expect of sessions.
import {
  type AppendRequest,
  append,
  messageSent,
  sessionStarted,
  userBlocked,
  userRegistered,
} from './append-requests.ts'
import { idOf } from './ids.ts'
import { connect, installedDatabase } from './installed.ts'

/** The result of an event that was appended. */
export const accepted = { position: /^\d+$/ }
/** The result of a request whose session has ended. */
export const ended = { constraint: 'sessions_10__unauthenticated', sqlstate: '23503' }

/** A database with both users. */
export async function sessionsOfAnn(t: Parameters<typeof installedDatabase>[0]) {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const [ann, bob] = [idOf(1), idOf(2)]
  await append(db, [userRegistered(ann), userRegistered(bob), userBlocked(idOf(3), bob, ann)])
  let last = 100
  const newId = (): string => idOf(++last)
  // To herself, unless it is said otherwise, since Bob has blocked her.
  const message = (to = ann): AppendRequest => messageSent(newId(), ann, to)

  /** Starts a session of Ann and returns its id. */
  async function started(expires?: string): Promise<string> {
    const id = newId()
    const [result] = await append(db, [sessionStarted(id, ann, expires)])
    if (!result?.position) throw new Error(`no session started: ${JSON.stringify(result)}`)
    return id
  }

  return { url, db, ann, bob, newId, message, started }
}
