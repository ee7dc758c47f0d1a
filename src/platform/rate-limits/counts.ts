/**
 * Counts in PostgreSQL, shared by all servers: rate-limiter-flexible over `limits.counts`.
 *
 * Promises that of any number who count at once, on whichever servers, each gets a number of his own:
 * one upsert decides. What cannot be counted is not allowed: LimitsUnavailableError. Times are the
 * servers' own, which must agree to a second or so.
 */

import { createHmac } from 'node:crypto'
import type { QueryResult } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { Queryable } from '../postgres/prepared.ts'
import { LimitsUnavailableError } from './errors.ts'
import type { Quota } from './policies.ts'

export interface Counts {
  /** What somebody is called in keys: the same on every server, and telling nothing about him. */
  hash(name: string): Promise<string>
  /** A counter that refuses what is more than its quota. */
  counter(quota: Quota, options?: CounterOptions): Counter
  /** Keeps the first number that comes within so many seconds of the last, and answers it. */
  first(key: string, number: number, seconds: number): Promise<number>
  /** Takes back one that was counted, unless its time is over. */
  giveBack(key: string): Promise<void>
  /** As `giveBack`; and where none is left over, that is cleared away as what is over. */
  undo(key: string): Promise<void>
  forget(keys: readonly string[]): Promise<void>
  /** Forgets every key that begins so. */
  forgetAll(prefix: string): Promise<void>
}

export interface CounterOptions {
  /** Whoever goes on until this is counted is refused from memory, and costs no write any more. */
  readonly hammering?: number
}

export interface Counter {
  /** Counts one: undefined when it is allowed, else how long (ms) none is. `seconds` is for a new count. */
  count(key: string, seconds?: number): Promise<number | undefined>
  /** Counts one, allowed or not: how many there are now. */
  add(key: string): Promise<number>
  /** How many there are. */
  read(key: string): Promise<number>
  /** For how long (ms) what was counted still counts; 0 where nothing was. */
  left(key: string): Promise<number>
  /** Makes it one, from now on for the whole time. */
  renew(key: string): Promise<void>
}

export function createCounts(pool: Queryable): Counts {
  const run: Run = (name, text, values) =>
    reached(pool.query({ name: `limits.${name}`, text, values }))

  return {
    hash: hashing(run),
    counter: (quota, options) => createCounter(pool, quota, options),
    async first(key, number, seconds) {
      const text = `insert into limits.counts as kept (key, points, expire) values ($1, $2, $3)
        on conflict (key) do update set
          points = case when kept.expire > $4 then kept.points else excluded.points end,
          expire = excluded.expire
        returning points`
      const now = Date.now()
      const { rows } = await run('first', text, [key, number, now + seconds * 1000, now])
      return rows[0].points
    },
    async giveBack(key) {
      const text = `update limits.counts set points = points - 1
        where key = $1 and points > 0 and expire > $2`
      await run('giveBack', text, [key, Date.now()])
    },
    async undo(key) {
      const text = `update limits.counts set points = points - 1,
          expire = case when points > 1 then expire else $2 end
        where key = $1 and points > 0 and expire > $2`
      await run('undo', text, [key, Date.now()])
    },
    async forget(keys) {
      await run('forget', 'delete from limits.counts where key = any($1)', [keys])
    },
    async forgetAll(prefix) {
      // Nothing in a key comes after `~`.
      const text = 'delete from limits.counts where key between $1 and $2'
      await run('forgetAll', text, [prefix, `${prefix}~`])
    },
  }
}

type Run = (name: string, text: string, values: unknown[]) => Promise<QueryResult>

/** Hashes names with the secret of the database, which is read once. */
function hashing(run: Run): Counts['hash'] {
  let secret: Promise<Buffer> | undefined

  async function readSecret(): Promise<Buffer> {
    const { rows } = await run('readSecret', 'select bytes from limits.secret', [])
    if (!rows[0]) throw new LimitsUnavailableError(new Error('limits.secret is empty: install'))
    return rows[0].bytes
  }

  return async (name) => {
    secret ??= readSecret().catch((error: unknown) => {
      secret = undefined
      throw error
    })
    // 128 bits: nobody finds two names of one hash.
    return createHmac('sha256', await secret)
      .update(name)
      .digest('hex')
      .slice(0, 32)
  }
}

function createCounter(
  pool: Queryable,
  { points, seconds }: Quota,
  { hammering }: CounterOptions = {},
): Counter {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    schemaName: 'limits',
    tableName: 'counts',
    // Install makes it, and `clearing.ts` clears it, in steps.
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: '',
    points,
    duration: seconds,
    ...(hammering && { inMemoryBlockOnConsumed: hammering }),
  })
  return {
    async count(key, customDuration = seconds) {
      try {
        await limiter.consume(key, 1, { customDuration })
        return undefined
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext
        throw new LimitsUnavailableError(refusal)
      }
    },
    add: async (key) => (await reached(limiter.penalty(key))).consumedPoints,
    read: async (key) => (await reached(limiter.get(key)))?.consumedPoints ?? 0,
    left: async (key) => (await reached(limiter.get(key)))?.msBeforeNext ?? 0,
    renew: async (key) => void (await reached(limiter.set(key, 1, seconds))),
  }
}

async function reached<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    throw new LimitsUnavailableError(error)
  }
}
