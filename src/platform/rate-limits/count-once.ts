/**
 * Counts an item, such as a mail, under a quota: once within a window, however often and by however many
 * processes it is counted.
 *
 * A retry is allowed as the first attempt was, as long as the window lasts. In a later window the item counts
 * again, so that items that were held up do not pass all at once. Promises that no more than the quota's
 * items are allowed in a window: the row of the key is locked first, so calls for one key are serial.
 */

import type { Pool, PoolClient } from 'pg'
import { timedQuery } from '../postgres/timed-query.ts'
import { LimitsUnavailableError } from './errors.ts'
import type { Quota } from './policies.ts'

interface Counted {
  /** What the quota is for, without any secret: a hash. */
  readonly key: string
  /** The id of the item. */
  readonly item: string
  readonly quota: Quota
}

/** Counts the item, and returns whether it is allowed. Throws LimitsUnavailableError. */
export async function countOnce(pool: Pick<Pool, 'connect'>, counted: Counted): Promise<boolean> {
  try {
    const client = await pool.connect()
    let broken = true
    try {
      await client.query('begin')
      const isAllowed = await count(client, counted)
      await client.query('commit')
      broken = false
      return isAllowed
    } finally {
      client.release(broken)
    }
  } catch (error) {
    throw new LimitsUnavailableError(error)
  }
}

async function count(client: PoolClient, { key, item, quota }: Counted): Promise<boolean> {
  const now = Date.now()
  // Begins a new window if the last one is over, and locks the row in either case.
  const { rows } = await timedQuery<{ points: number; expire: string }>(client, {
    name: 'limits.lockWindow',
    text: `insert into limits.counts as c (key, points, expire) values ($1, 0, $2)
      on conflict (key) do update set
        points = case when c.expire > $3 then c.points else 0 end,
        expire = case when c.expire > $3 then c.expire else excluded.expire end
      returning points, expire`,
    values: [key, now + quota.seconds * 1000, now],
  })
  const [window] = rows
  if (!window) throw new Error('limits.counts returned no row')
  // A statement of its own, which sees what was committed before the lock was granted.
  const allowed = await timedQuery<{ allowed: boolean }>(client, {
    name: 'limits.countOnce',
    text: `with earlier as (
        select from limits.counts where key = $1 and expire > $3
      ), first as (
        insert into limits.counts (key, points, expire)
        select $1, 1, $4 where $5::int < $6::int and not exists (select from earlier)
        on conflict (key) do update set expire = excluded.expire
        returning key
      ), counted as (
        update limits.counts set points = points + 1 where key = $2 and exists (select from first)
      )
      select exists (select from earlier) or exists (select from first) as allowed`,
    values: [`${key}:${item}`, key, now, window.expire, window.points, quota.points],
  })
  return allowed.rows[0]?.allowed ?? false
}
