/**
 * Forget: erases the personal data of users from the log and from every read table, while everything runs.
 *
 * `log.forget` in the database does it, in one transaction. This file waits for other maintenance, writes the
 * ledger, and renews the statistics, in which PostgreSQL keeps values of columns.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { withInstallLock, withShadowLock } from '../advisory-locks.ts'
import { MaintenanceError } from '../errors.ts'
import { readTables } from '../tables.ts'
import { transaction } from '../transactions.ts'
import { addToLedger, type LedgerLine } from './ledger.ts'

/** The parts of a user's data that an erasure can keep: the text of the messages that the user sent. */
export type Kept = 'messages'

export interface Erasure {
  readonly userId: string
  /** The operator who erases, for the metadata of the event. */
  readonly actor: string
  readonly reason: string
  readonly kept: readonly Kept[]
}

/** What became of an erasure. Positions are decimal. `kept` is what the user's only erasure has kept. */
export type Erased =
  | {
      readonly outcome: 'erased' | 'already_erased'
      readonly position: string
      readonly kept: readonly Kept[]
    }
  | { readonly outcome: 'unknown' }

/**
 * Erases users, one transaction each, and returns what became of each. With a ledger, its lines are on the disk
 * before the erasures are. Throws MaintenanceError where nothing can be erased now.
 */
export async function forget(
  client: ClientBase,
  erasures: readonly Erasure[],
  ledger: string | undefined,
  say: (line: string) => void,
): Promise<Erased[]> {
  await readTables(client)
  const erased = await withInstallLock(client, say, () =>
    withShadowLock(client, say, async () => {
      const users = erasures.length === 1 ? 'one user' : `${erasures.length} users`
      say(`erasing the personal data of ${users} from the events and the read tables`)
      const found: Erased[] = []
      for (const erasure of erasures) found.push(await forgetOne(client, erasure, ledger))
      return found
    }),
  )
  if (erased.some(({ outcome }) => outcome === 'erased')) {
    say(
      'the personal data are erased; renewing the statistics of all tables, which contain values, too',
    )
    await client.query('select log.renew_statistics()')
  }
  return erased
}

async function forgetOne(
  client: ClientBase,
  { userId, actor, reason, kept }: Erasure,
  ledger: string | undefined,
): Promise<Erased> {
  try {
    return await transaction(client, async () => {
      const earlier = await client.query('select from log.erasures where user_id = $1', [userId])
      await client.query('select log.forget($1, $2, $3, $4)', [userId, reason, kept, { actor }])
      const outcome = earlier.rowCount === 0 ? 'erased' : 'already_erased'
      return { outcome, ...(await noteInLedger(client, userId, ledger)) }
    })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    if (error.code === 'LG009') return { outcome: 'unknown' }
    if (error.code !== '55000' && error.code !== '55006') throw error
    throw new MaintenanceError(`${error.message}. ${error.hint ?? ''}`, { cause: error })
  }
}

/**
 * Erases the user who left by this event and was not restored since; false if there is no such user. The service role
 * may do it, 30 days after the event. Rejects while another maintenance command is running: try again later.
 */
export async function forgetLeft(
  client: ClientBase,
  { leaving, kept }: { readonly leaving: string; readonly kept: readonly Kept[] },
  ledger: string | undefined,
): Promise<boolean> {
  const isErased = await transaction(client, async () => {
    await client.query(unlimited)
    const { rows } = await client.query<{ userId: string | null }>(
      'select log.forget_left($1, $2) as "userId"',
      [leaving, kept],
    )
    const userId = rows[0]?.userId
    if (!userId) return false
    await noteInLedger(client, userId, ledger)
    return true
  })
  if (!isErased) return false
  await transaction(client, async () => {
    await client.query(unlimited)
    await client.query('select log.renew_statistics()')
  })
  return true
}

/** Both read large tables, and take longer than other statements of the service. */
const unlimited = 'set local statement_timeout = 0'

/**
 * Adds the erasure of a user to the ledger, and returns it. Before the commit: a crash can leave a line of an
 * erasure that did not happen, never an erasure without one.
 */
async function noteInLedger(
  client: ClientBase,
  userId: string,
  ledger: string | undefined,
): Promise<Pick<LedgerLine, 'kept'> & { readonly position: string }> {
  const { rows } = await client.query<LedgerLine & { position: string }>(
    `select user_id as "userId", kept, erased_at as "erasedAt", position::text from log.erasures
     where user_id = $1`,
    [userId],
  )
  const [{ position = '', ...line } = {} as LedgerLine & { position: string }] = rows
  if (ledger !== undefined) await addToLedger(ledger, line)
  return { position, kept: line.kept }
}
