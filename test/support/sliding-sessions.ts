// A database on which sessions of one user begin and are used, and time passes by setting rows back.
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { sessionFinder } from '../../src/features/sessions/queries.ts'
import { createSessionUses } from '../../src/features/sessions/session-uses.ts'
import type { Queryable } from '../../src/platform/postgres/prepared.ts'
import { hashToken } from '../../src/platform/tokens.ts'
import { append, userRegistered } from './append-requests.ts'
import type { Finishing } from './database.ts'
import { openPool } from './domain.ts'
import { connect } from './installed.ts'
import { stepwiseDatabase } from './stepwise-database.ts'

export const day = 86_400_000

/** The midnight (UTC) that is `days` after the last one. */
export const midnight = (daysAhead: number) =>
  new Date((Math.floor(Date.now() / day) + daysAhead) * day).toISOString()

/** The time in `ms` milliseconds. */
export const inTime = (ms: number) => new Date(Date.now() + ms).toISOString()

export interface Start {
  /** How long ago the session started, ms. */
  readonly age?: number
  readonly expires_at: string
  readonly idle_days?: number
  readonly ends_at?: string
}

/** A user, the connections of the owner and of two servers, on a database with the read tables of all releases. */
export async function slidingSessions(t: Finishing) {
  const url = await stepwiseDatabase(t)
  const owner = await connect(t, url)
  const [pool, elsewhere] = [openPool(t, url), openPool(t, url)]
  const userId = randomUUID()
  await append(owner, [userRegistered(userId)])

  /** Appends events of version 1 of sessions. The token of each is its id. */
  async function starting(type: string, starts: readonly Start[]): Promise<string[]> {
    const ids = starts.map(() => randomUUID())
    const requests = starts.map(({ age: _, ...start }, n) => {
      const id = ids[n] as string
      const data = { id, user_id: userId, token_hash: hashToken(id), ...start }
      return { events: [{ stream_id: id, stream_version: 1, type, data }] }
    })
    for (const result of await append(owner, requests)) {
      if (!result?.position) throw new Error(JSON.stringify(result))
    }
    await owner.query(
      `update read.sessions_10 set started_at = now() - age * interval '1 millisecond'
       from unnest($1::uuid[], $2::float[]) as old (session, age) where id = session`,
      [ids, starts.map(({ age = 0 }) => age)],
    )
    return ids
  }
  return {
    ...{ url, owner, pool, elsewhere, userId },
    /** Starts sessions as servers of this release do. */
    started: (...starts: readonly Start[]) => starting('session_started_10', starts),
    /** Starts sessions as servers of release 9 do. */
    startedBefore: (...starts: readonly Start[]) => starting('session_started_0', starts),
    usesOf: (ids: readonly string[]) => usesOf(owner, ids),
    passDays: (ids: readonly string[], days: number) => owner.query(passing, [ids, days]),
  }
}

async function usesOf(owner: Queryable, ids: readonly string[]) {
  const { rows } = await owner.query<{ session_id: string }>(
    'select session_id, xmin, ctid from sessions.uses where session_id = any($1) order by 1',
    [ids],
  )
  return rows
}

const passing = `
  with past as (
    update sessions.uses set used_at = used_at - $2 * interval '1 day',
      expires_at = expires_at - $2 * interval '1 day' where session_id = any($1))
  update read.sessions_10 set started_at = started_at - $2 * interval '1 day',
    expires_at = expires_at - $2 * interval '1 day', ends_at = ends_at - $2 * interval '1 day'
  where id = any($1)`

/** Looks up the sessions on a server, which records their uses and stops. Returns the uses that were due. */
export async function use(on: Queryable, ids: readonly string[]): Promise<string[]> {
  const uses = createSessionUses(on, pino({ level: 'silent' }))
  const noted: string[] = []
  const find = sessionFinder(on, (id) => {
    noted.push(id)
    uses.note(id)
  })
  await Promise.all(ids.map((id) => find(hashToken(id))))
  await uses.close()
  return noted.sort()
}
