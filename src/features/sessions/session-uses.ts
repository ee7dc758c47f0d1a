/**
 * Records when sessions were used, and so moves their expiry. No response waits for it.
 *
 * A look-up reports the first use of a session on each day (UTC). The uses of about a second go into one statement,
 * or into several of bounded length: at midnight every active session has one. A server that is killed loses the
 * uses of that second; the next look-up of such a session on the same day reports it again. Servers that report the
 * same session write it once.
 *
 * A use that is recorded in a session's last minute does not move its expiry, so that no session that was refused
 * once is accepted again.
 */

import { sql } from 'kysely'
import type { Logger } from 'pino'
import { anyOf, type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import type { OnUse } from './queries.ts'
import { database, sessionsTable } from './tables.ts'

/** How long (ms) a failed statement waits for its next attempt. A use counts for its whole day, so none is late. */
const retryMs = 10_000
/** A statement of about 20 ms. */
const maxUses = 1_000

const day = (at: string) => sql`(${sql.raw(at)} at time zone 'UTC')::date`

/** In the order of the ids, so that two servers never wait for each other's rows in a circle. */
const record = prepare('recordSessionUses', (param: Param<{ ids: readonly string[] }>) =>
  database
    .insertInto('sessions.uses')
    .columns(['session_id', 'used_at', 'expires_at'])
    .expression(
      database
        .selectFrom(`read.${sessionsTable} as session`)
        .leftJoin('sessions.uses as used', 'used.session_id', 'session.id')
        .select(['session.id', sql<string>`now()`.as('used_at')])
        .select(
          // `least` and `greatest` ignore null: no bound, or no days.
          sql<string>`least(ends_at, greatest(session.expires_at, used.expires_at,
            ((${day('now()')} + 1 + idle_days)::timestamp at time zone 'UTC')))`.as('expires_at'),
        )
        .where(sql<boolean>`session.id = ${anyOf(param('ids'), 'uuid')}`)
        .where(
          sql<boolean>`greatest(session.expires_at, used.expires_at) > now() + interval '1 minute'`,
        )
        .orderBy('session.id'),
    )
    .onConflict((conflict) =>
      conflict
        .column('session_id')
        .doUpdateSet({
          used_at: sql<string>`excluded.used_at`,
          expires_at: sql<string>`greatest(uses.expires_at, excluded.expires_at)`,
        })
        .where(sql<boolean>`${day('uses.used_at')} < ${day('excluded.used_at')}`),
    ),
)

/** Twice as many as one statement adds, so that expired rows do not pile up. */
const clear = prepare('clearSessionUses', () =>
  database.deleteFrom('sessions.uses').where(
    sql<boolean>`session_id = any(array(
      select session_id from sessions.uses where expires_at < now()
      order by expires_at limit ${sql.lit(2 * maxUses)} for update skip locked))`,
  ),
)

/**
 * The devices with these sessions were used, too. A login that writes one of these rows meanwhile records its own time,
 * and waits for none of this. A device whose session its owner has ended stays unused.
 */
const recordDevices = prepare('recordDeviceUses', (param: Param<{ ids: readonly string[] }>) =>
  database
    .updateTable('sessions.devices')
    .set({ used_at: sql<string>`now()` })
    .where(
      sql<boolean>`(user_id, device) in (
        select user_id, device from sessions.devices
        where session_id = ${anyOf(param('ids'), 'uuid')} and used_at > '-infinity'
        for update skip locked)`,
    ),
)

export interface SessionUses {
  /** Takes note of a use, to be recorded within about a second. */
  readonly note: OnUse
  /** Records what was noted, and stops. */
  close(): Promise<void>
}

/** Uses are gathered for `gatherMs` before they are recorded. */
export function createSessionUses(
  pool: Queryable,
  log: Pick<Logger, 'warn'>,
  gatherMs = 1_000,
): SessionUses {
  let noted = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  /** One flush runs at a time. */
  let flushed = Promise.resolve()

  const schedule = (ms: number) => {
    timer ??= setTimeout(() => {
      timer = undefined
      flushed = flushed.then(flush)
    }, ms)
  }

  async function flush(): Promise<void> {
    const ids = [...noted]
    noted = new Set()
    try {
      for (; ids.length > 0; ids.splice(0, maxUses)) {
        const some = { ids: ids.slice(0, maxUses) }
        await record.all(pool, some)
        await recordDevices.all(pool, some)
        await clear.all(pool, {})
      }
    } catch (err) {
      log.warn({ err, sessions: ids.length }, 'uses of sessions were not recorded; retrying')
      for (const id of ids) noted.add(id)
      schedule(retryMs)
    }
  }

  return {
    note: (sessionId) => {
      noted.add(sessionId)
      schedule(gatherMs)
    },
    async close() {
      await flushed
      clearTimeout(timer)
      await flush()
      clearTimeout(timer)
    },
  }
}
