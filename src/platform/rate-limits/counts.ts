/**
 * Counts in PostgreSQL, shared by all servers: rate-limiter-flexible over `limits.counts`.
 *
 * Promises that concurrent calls, on any servers, each get a different number, because one upsert decides.
 * A use that cannot be counted is not allowed: LimitsUnavailableError. Expiry uses the clocks of the
 * servers, which must agree to about a second.
 */

import { createHmac } from 'node:crypto'
import type { QueryResult } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { Queryable } from '../postgres/prepared.ts'
import { type NamedQuery, timedQuery } from '../postgres/timed-query.ts'
import { LimitsUnavailableError } from './errors.ts'
import type { Quota } from './policies.ts'

export interface Counts {
  /** The pseudonym of a name in keys: the same on every server, and it reveals nothing about the name. */
  hash(name: string): Promise<string>
  /** A counter that rejects uses beyond its quota. */
  counter(quota: Quota, options?: CounterOptions): Counter
  /**
   * Stores a number unless an unexpired one is stored, and returns the stored one. With `isRenewed` the time
   * of a stored number begins again. `began` is whether the time began with this call.
   */
  keepFirst(
    key: string,
    number: number,
    duration: { readonly seconds: number; readonly isRenewed: boolean },
  ): Promise<{ readonly first: number; readonly began: boolean }>
  /** Subtracts one, unless the count has expired. */
  subtract(key: string): Promise<void>
  /** As `subtract`; a count that reaches zero expires at once. */
  subtractOrExpire(key: string): Promise<void>
  /** Removes a count, and subtracts it from another one, of which it is a part. */
  giveBack(part: string, whole: string, quotaOfWhole: number): Promise<void>
  remove(keys: readonly string[]): Promise<void>
  /** Removes a stored number, unless another one has been stored since. */
  removeNumber(key: string, number: number): Promise<void>
  removeByPrefix(prefix: string): Promise<void>
}

export interface CounterOptions {
  /** From this count on, the counter rejects from memory, without a write. */
  readonly blockInMemoryAt?: number
}

export interface Counter {
  /**
   * Counts one use. Returns undefined when it is allowed, else how long (ms) none is. `seconds` is the
   * duration of a new count.
   */
  count(key: string, seconds?: number): Promise<number | undefined>
  /** Counts one use, allowed or not, and returns the count. */
  add(key: string): Promise<number>
  /** Returns the count. */
  read(key: string): Promise<number>
  /** How long (ms) until the count expires; 0 when there is none. */
  remainingMs(key: string): Promise<number>
  /** Sets the count to one, with the full duration from now on. */
  renew(key: string): Promise<void>
}

/** The counts of a database, under the service role. */
export function createCounts(pool: Queryable): Counts {
  const run: Run = (name, text, values) =>
    orUnavailable(timedQuery(pool, { name: `limits.${name}`, text, values }))

  return {
    hash: createHash(run),
    counter: (quota, options) => createCounter(pool, quota, options),
    async keepFirst(key, number, { seconds, isRenewed }) {
      const text = `insert into limits.counts as kept (key, points, expire) values ($1, $2, $3)
        on conflict (key) do update set
          points = case when kept.expire > $4 then kept.points else excluded.points end,
          expire = case when kept.expire > $4 and not $5 then kept.expire else excluded.expire end
        returning points as first, expire = $3 as began`
      const now = Date.now()
      const { rows } = await run('keepFirst', text, [
        key,
        number,
        now + seconds * 1000,
        now,
        isRenewed,
      ])
      return rows[0]
    },
    async subtract(key) {
      const text = `update limits.counts set points = points - 1
        where key = $1 and points > 0 and expire > $2`
      await run('subtract', text, [key, Date.now()])
    },
    async subtractOrExpire(key) {
      const text = `update limits.counts set points = points - 1,
          expire = case when points > 1 then expire else $2 end
        where key = $1 and points > 0 and expire > $2`
      await run('subtractOrExpire', text, [key, Date.now()])
    },
    async giveBack(part, whole, quota) {
      const text = `with part as (delete from limits.counts where key = $1 returning points)
        update limits.counts set points = greatest(0, least(counts.points, $3) - part.points)
        from part where key = $2`
      await run('giveBack', text, [part, whole, quota])
    },
    async remove(keys) {
      await run('remove', 'delete from limits.counts where key = any($1)', [keys])
    },
    async removeNumber(key, number) {
      const text = 'delete from limits.counts where key = $1 and points = $2'
      await run('removeNumber', text, [key, number])
    },
    async removeByPrefix(prefix) {
      // No character of a key sorts after `~`.
      const text = 'delete from limits.counts where key between $1 and $2'
      await run('removeByPrefix', text, [prefix, `${prefix}~`])
    },
  }
}

type Run = (name: string, text: string, values: unknown[]) => Promise<QueryResult>

/** Hashes names with the secret of the database, which is read once. */
function createHash(run: Run): Counts['hash'] {
  let secret: Promise<Buffer> | undefined

  async function readSecret(): Promise<Buffer> {
    const { rows } = await run('readSecret', 'select bytes from limits.secret', [])
    if (!rows[0])
      throw new LimitsUnavailableError(
        new Error('limits.secret is empty; run `epistle install` on this database'),
      )
    return rows[0].bytes
  }

  return async (name) => {
    secret ??= readSecret().catch((error: unknown) => {
      secret = undefined
      throw error
    })
    // 128 bits: no attacker can find two names with the same hash.
    return createHmac('sha256', await secret)
      .update(name)
      .digest('hex')
      .slice(0, 32)
  }
}

function createCounter(
  pool: Queryable,
  { points, seconds }: Quota,
  { blockInMemoryAt }: CounterOptions = {},
): Counter {
  const limiter = new RateLimiterPostgres({
    // Its statements have names.
    storeClient: { query: (query: NamedQuery) => timedQuery(pool, query) },
    storeType: 'pool',
    schemaName: 'limits',
    tableName: 'counts',
    // `epistle install` creates the table, and `clearing.ts` clears it in steps.
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: '',
    points,
    duration: seconds,
    ...(blockInMemoryAt && { inMemoryBlockOnConsumed: blockInMemoryAt }),
  })
  return {
    async count(key, customDuration = seconds) {
      try {
        await limiter.consume(key, 1, { customDuration })
        return undefined
      } catch (rejection) {
        if (rejection instanceof RateLimiterRes) return rejection.msBeforeNext
        throw new LimitsUnavailableError(rejection)
      }
    },
    add: async (key) => (await orUnavailable(limiter.penalty(key))).consumedPoints,
    read: async (key) => (await orUnavailable(limiter.get(key)))?.consumedPoints ?? 0,
    remainingMs: async (key) => (await orUnavailable(limiter.get(key)))?.msBeforeNext ?? 0,
    renew: async (key) => void (await orUnavailable(limiter.set(key, 1, seconds))),
  }
}

async function orUnavailable<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result
  } catch (error) {
    throw new LimitsUnavailableError(error)
  }
}
