/**
 * Connects a command to the functions of operators: under the service role, so the login of a server is enough, and
 * the owner's rights are not used.
 */

import { userInfo } from 'node:os'
import type { Pool } from 'pg'
import pino from 'pino'
import type { Config } from '../config.ts'
import { moderationRules } from '../features/moderation/schemas.ts'
import { createOperators, type Operators, operatorTables } from '../operators.ts'
import { exceeds } from '../platform/code-points.ts'
import { requireLive } from '../platform/read-models/serve/leases.ts'
import { openServicePool } from '../service-pool.ts'
import { openDatabase } from './connect.ts'
import { unlessStopped } from './signals.ts'
import { type Options, UsageError } from './verb.ts'

/** Opens the database, runs `work` and closes it. Throws ServeError, NotLiveError, StoppedError or what `work` throws. */
export async function withOperators<T>(
  config: Config,
  work: (operators: Operators) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, false)
  let pool: Pool | undefined
  try {
    pool = await openServicePool({
      databaseUrl: database.url,
      size: 2,
      readTables: operatorTables,
      log: pino({ level: 'silent' }),
    })
    await requireLive(pool, operatorTables)
    return await unlessStopped(work(createOperators(pool)))
  } finally {
    await pool?.end()
    await database.close()
  }
}

/** The name of the operator: that of `--actor`, or of the user of the operating system. Throws UsageError. */
export function actorOf({ actor }: Options): string {
  const name = textOf('actor', actor, moderationRules.actorMaxLength)
  return name ?? userInfo().username.slice(0, moderationRules.actorMaxLength)
}

/** The text of an option, without the spaces around it; undefined without the option. Throws UsageError. */
export function textOf(option: string, value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (text === '' || exceeds(text, max) || text.includes('\0') || !text.isWellFormed()) {
    throw new UsageError(`--${option} takes a text of 1 to ${max} characters`)
  }
  return text
}
