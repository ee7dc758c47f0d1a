/**
 * Whether a server may be read from: it is a standby, has every read table that the server needs, and is synchronous.
 *
 * A standby that has not replayed the installation of a read table would show an empty one at the right position, so
 * each connection looks at the states of the tables first. They stay as they are, because the server has leases on
 * the primary server. An asynchronous standby can be ahead of the synchronous one, and show what a failover loses.
 */

import type { ClientBase } from 'pg'
import type { Logger } from 'pino'
import { inTime } from '../in-time.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { findNotLive } from '../read-models/serve/find-not-live.ts'

/** The server may not be read from. The message contains the reason and what to do. */
export class UnfitError extends Error {
  override readonly name = 'UnfitError'
}

/** How long a server may take to answer about a standby, or the standby itself: ms. */
export const answerMs = 2_000

export interface Fitness {
  /** Checks the server behind a new connection. Returns its name, which `check` has to accept. Throws UnfitError. */
  admit(client: Pick<ClientBase, 'query'>): Promise<string | undefined>
  /**
   * Checks that the primary server counts standbys of these names as synchronous. Throws UnfitError, or another error
   * if it does not answer within two seconds.
   */
  check(names: readonly (string | undefined)[]): Promise<void>
}

interface StandbyRow {
  readonly name: string | null
  readonly synchronous: boolean | null
}

const server = 'select pg_is_in_recovery() as recovering, log.standby_name() as name'
const standbys = 'select name, synchronous from log.standbys()'

/** Checks of standbys that read these tables beside a primary server. */
export function createFitness(
  primary: Queryable,
  readTables: readonly string[],
  log: Pick<Logger, 'warn'>,
): Fitness {
  let isReported = false
  const findStandbys = standbyFinder(primary)

  /** Without the right to see the state, the operator must make sure that the standbys are synchronous. */
  function reportUnknown(): void {
    if (!isReported) {
      log.warn(
        'cannot see whether the standbys are synchronous; read only from synchronous ones, and run "grant ' +
          'pg_monitor to" the owner of the database, so that this can be checked',
      )
    }
    isReported = true
  }

  async function admit(client: Pick<ClientBase, 'query'>): Promise<string | undefined> {
    const { rows } = await client.query<{ recovering: boolean; name: string | null }>(server)
    const { recovering, name } = rows[0] ?? {}
    if (!recovering) throw new UnfitError('the server is no standby')
    const [missing] = await findNotLive(client as Queryable, readTables)
    if (missing) {
      throw new UnfitError(
        `the read table ${missing.name} is ${missing.state} there; the standby has not replayed its ` +
          'installation yet',
      )
    }
    return name ?? undefined
  }

  async function check(names: readonly (string | undefined)[]): Promise<void> {
    const rows = await findStandbys()
    const isHidden = rows.some(({ name }) => name === null)
    if (isHidden || names.includes(undefined)) return reportUnknown()
    const synchronous = new Set(rows.filter((row) => row.synchronous).map(({ name }) => name))
    const other = names.find((name) => !synchronous.has(name as string))
    if (other !== undefined) {
      throw new UnfitError(
        `the primary server does not count ${other} as a synchronous standby; name it in ` +
          'synchronous_standby_names',
      )
    }
  }

  return { admit, check }
}

/** Simultaneous checks share one query, so that few wait in a pool that is full. */
function standbyFinder(primary: Queryable): () => Promise<StandbyRow[]> {
  let asking: Promise<StandbyRow[]> | undefined
  return () => {
    asking ??= inTime(primary.query<StandbyRow>(standbys), answerMs)
      .then(({ rows }) => rows)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
}
