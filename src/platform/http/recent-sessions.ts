/**
 * Recent sessions: what the look-ups of this process found within the last ten seconds.
 *
 * It only saves look-ups: another server can have ended a session since, so whatever uses it must check the
 * session in another way. It is bounded, and forgets a session as soon as an append of this process may have
 * ended it.
 */

import type { FindSession, Session } from './principal.ts'

/**
 * How long (ms) a look-up counts, from its beginning on. No response depends on it, because the append of a
 * command checks its session under the lock, and a read checks it in its statement. Users who send a message every few
 * seconds need few look-ups: with one second instead of ten, look-ups took a tenth of the server's time. A session that
 * was ended by another server costs a rejected append, once: the rejection forgets it.
 */
const recentMs = 10_000
/** About as many as send commands within that time; ten megabytes. */
const maxRecent = 10_000

interface Entry {
  readonly session: Session
  /** When the look-up began, ms of performance.now(). */
  readonly since: number
}

export class RecentSessions {
  readonly #find: FindSession
  /** By the SHA-256 of the token, the first looked up first. */
  readonly #entries = new Map<string, Entry>()
  /** The keys of those entries by session and by user. */
  readonly #keys = new Map<string, Set<string>>()

  constructor(find: FindSession) {
    this.#find = find
  }

  /** Looks up the session of a token. Returns undefined when it has ended or expired. */
  async lookUp(tokenHash: string): Promise<Session | undefined> {
    const since = performance.now()
    const session = await this.#find(tokenHash)
    if (!session || isExpired(session)) {
      this.#drop(tokenHash)
      return undefined
    }
    if (!this.#entries.has(tokenHash)) this.#index(tokenHash, session)
    this.#entries.set(tokenHash, { session, since })
    if (this.#entries.size > maxRecent) this.#drop(this.#entries.keys().next().value as string)
    return session
  }

  /** The session of a token, if a look-up within the last ten seconds found it. */
  get(tokenHash: string): Session | undefined {
    const entry = this.#entries.get(tokenHash)
    if (!entry) return undefined
    if (performance.now() - entry.since < recentMs && !isExpired(entry.session))
      return entry.session
    this.#drop(tokenHash)
    return undefined
  }

  /** Forgets sessions by their ids, and all sessions of users by the ids of the users. Ignores other ids. */
  forget(ids: readonly string[]): void {
    for (const id of ids) for (const key of this.#keys.get(id) ?? []) this.#drop(key)
  }

  #index(tokenHash: string, { sessionId, userId }: Session): void {
    for (const id of [sessionId, userId]) {
      const keys = this.#keys.get(id)
      if (keys) keys.add(tokenHash)
      else this.#keys.set(id, new Set([tokenHash]))
    }
  }

  #drop(tokenHash: string): void {
    const entry = this.#entries.get(tokenHash)
    if (!entry) return
    this.#entries.delete(tokenHash)
    for (const id of [entry.session.sessionId, entry.session.userId]) {
      const keys = this.#keys.get(id)
      keys?.delete(tokenHash)
      if (keys?.size === 0) this.#keys.delete(id)
    }
  }
}

function isExpired({ expiresAt }: Session): boolean {
  return expiresAt.getTime() <= Date.now()
}
