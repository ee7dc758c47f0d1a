/**
 * Connects a command to the functions of operators: under the service role, so the login of a server is enough, and
 * the owner's rights are not used.
 */

import type { Pool } from 'pg'
import pino from 'pino'
import type { NewAct } from '../admin/acts/acts.ts'
import { perform } from '../admin/acts/perform.ts'
import type { Config } from '../config.ts'
import { createOperators, type Operators, operatorTables } from '../operators.ts'
import { requireLive } from '../platform/read-models/serve/leases.ts'
import { openServicePool } from '../service-pool.ts'
import { openDatabase } from './connect.ts'
import { unlessStopped } from './signals.ts'
import { say } from './verb.ts'

/** Carries out an act, and records it in the audit list as the admin port does. */
export type RecordAct = <T>(act: NewAct, work: () => Promise<T>) => Promise<T>

/** Opens the database, runs `work` and closes it. Throws ServeError, NotLiveError, StoppedError or what `work` throws. */
export async function withOperators<T>(
  config: Config,
  work: (operators: Operators, record: RecordAct) => Promise<T>,
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
    return await unlessStopped(work(createOperators(pool), recordOn(pool)))
  } finally {
    await pool?.end()
    await database.close()
  }
}

function recordOn(pool: Pool): RecordAct {
  const warn = (_facts: object, text: string) => say(text)
  return (act, work) => perform(pool, { warn }, act, work)
}
