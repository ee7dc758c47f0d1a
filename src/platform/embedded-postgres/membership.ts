// The users of an embedded PostgreSQL, as session-level advisory locks in the server itself: a lock ends
// with the process that holds it, whatever ends the process. Every user shares one lock while it needs the
// server, and the service alone holds a second one. A user that leaves and then gets the first lock
// exclusively was the last; it stops the server while newcomers still wait for that lock.
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { commandSession, openSession } from '../postgres/session.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'

// Advisory locks belong to a database. These are in `postgres`, so they do not collide with `epistle`.
const space = 0x45504953 // 'EPIS'
const users = 1
const service = 2

const heldBy = `
  select activity.application_name as name
  from pg_locks as lock
  join pg_stat_activity as activity using (pid)
  where lock.locktype = 'advisory' and lock.granted
    and lock.classid = ${space} and lock.objid = $1 and lock.objsubid = 2
    and pid <> pg_backend_pid()`

/** Membership in the users of one server, held by a connection of its own until `leave`. */
export class Membership {
  readonly #url: string
  readonly #say: (line: string) => void
  #client: pg.Client | null = null
  #isService = false
  #left = false

  /** Joins the users of the server. Rejects when the connection fails; see `isTransient`. */
  static async join(url: string, say: (line: string) => void): Promise<Membership> {
    const membership = new Membership(url, say)
    await membership.#connect()
    return membership
  }

  private constructor(url: string, say: (line: string) => void) {
    this.#url = url
    this.#say = say
  }

  /** Becomes the one service of this server. Rejects with `already_in_use` when there is another. */
  async claimService(directory: string): Promise<void> {
    // A service that was stopped or killed just now releases its lock a moment later.
    for (const until = Date.now() + 1000; !(await this.#tryLock(service)); await sleep(50)) {
      if (Date.now() < until) continue
      const holder = (await this.#holders(service))[0]
      const pid = Number(/^epistle:(\d+)$/.exec(holder ?? '')?.[1] ?? 0) || null
      throw new EmbeddedPostgresError(
        'already_in_use',
        `another Epistle service (process ${pid ?? 'unknown'}) uses ${directory}. Stop it first, or set DATABASE_URL: any number of services can share your own PostgreSQL.`,
        { pid, directory },
      )
    }
    this.#isService = true
  }

  /** The number of other users of the server. */
  async others(): Promise<number> {
    return (await this.#holders(users)).length
  }

  /** Creates the database unless it exists. */
  async ensureDatabase(name: string): Promise<void> {
    const client = this.#connected()
    const found = await client.query('select from pg_database where datname = $1', [name])
    if (found.rowCount) return
    try {
      await client.query(`create database ${client.escapeIdentifier(name)}`)
    } catch (error) {
      // Both SQLSTATEs mean that another start created it at the same moment.
      const { code } = error as pg.DatabaseError
      if (code !== '42P04' && code !== '23505') throw error
    }
  }

  /**
   * Leaves, and calls `stop` when there is no other user. That happens under the exclusive lock, so a
   * newcomer either counts as a user or waits, is disconnected by the stop, and tries again.
   */
  async leave(stop: () => Promise<void>): Promise<void> {
    this.#left = true
    // The server may be alive although the connection is lost. If it cannot be reached, there is nothing to stop.
    const client = this.#client ?? (await this.#connect().catch(() => null))
    if (!client) return
    try {
      await client.query('select pg_advisory_unlock_shared($1, $2)', [space, users])
      if (await this.#tryLock(users)) await stop()
    } catch (error) {
      if (!isTransient(error)) throw error
    } finally {
      await client.end().catch(() => {})
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = await openSession(this.#url, commandSession, {
      application_name: `epistle:${process.pid}`,
      connectionTimeoutMillis: 10_000,
    })
    try {
      await client.query('select pg_advisory_lock_shared($1, $2)', [space, users])
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    client.on('end', () => {
      this.#client = null
      if (!this.#left) this.#joinAgain()
    })
    this.#client = client
    return client
  }

  // When one of its processes is killed, PostgreSQL drops every connection and recovers. Without its locks
  // the service would look absent, and the next guest that leaves would stop the server.
  #joinAgain(): void {
    setTimeout(async () => {
      if (this.#left) return
      try {
        const client = await this.#connect()
        if (this.#left) await client.end()
        else if (this.#isService && !(await this.#tryLock(service)))
          this.#say('the embedded PostgreSQL was lost, and another Epistle service now uses it')
      } catch {
        this.#joinAgain()
      }
    }, 500).unref()
  }

  async #tryLock(lock: number): Promise<boolean> {
    const result = await this.#connected().query<{ got: boolean }>(
      'select pg_try_advisory_lock($1, $2) as got',
      [space, lock],
    )
    return result.rows[0]?.got === true
  }

  async #holders(lock: number): Promise<string[]> {
    const result = await this.#connected().query<{ name: string }>(heldBy, [lock])
    return result.rows.map((row) => row.name)
  }

  #connected(): pg.Client {
    if (this.#client) return this.#client
    throw new Error('Connection terminated: the connection to the embedded PostgreSQL was lost')
  }
}

/** Whether a retry may help: the server is starting or stopping, has just crashed, or is full. */
export function isTransient(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(57P0[1-3]|08|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)/.test(code) ||
    /Connection terminated|not queryable|timeout expired/.test(message)
  )
}
