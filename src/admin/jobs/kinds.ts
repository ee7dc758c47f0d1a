/** What each kind of job does, on a connection of the owner. Its arguments and results have no personal data. */

import type { ClientBase } from 'pg'
import { agreeing, counted } from '../../platform/counted.ts'
import { describeDeviation, findDeviations } from '../../platform/read-models/deviations.ts'
import { MaintenanceError } from '../../platform/read-models/errors.ts'
import { type Erasure, forget } from '../../platform/read-models/forget/forget.ts'
import type { Difference } from '../../platform/read-models/rebuild/difference.ts'
import { rebuild } from '../../platform/read-models/rebuild/rebuild.ts'
import { type Verification, verify } from '../../platform/read-models/rebuild/verify.ts'
import type { Watch } from '../../platform/read-models/rebuild/watch.ts'
import { dbDirectory } from '../../platform/read-models/releases/releases.ts'
import { demote } from '../../platform/read-models/retire/demote.ts'
import { retire } from '../../platform/read-models/retire/retire.ts'

/** The kinds, which are also the names of the acts. */
export const jobKinds = ['verify', 'rebuild', 'demote', 'retire', 'forget'] as const

export type JobKind = (typeof jobKinds)[number]

/** Whether a job of the kind can be cancelled when it begins: until it changes a live table. */
export const isCancellable: Readonly<Record<JobKind, boolean>> = {
  verify: true,
  rebuild: true,
  demote: false,
  retire: false,
  forget: false,
}

/** Where a job reports what it does and how far it is. */
export interface Report extends Watch {
  readonly say: (line: string) => void
}

/** Carries out a job and returns its result. */
export type Work = (client: ClientBase, report: Report) => Promise<object>

export interface CopyChoice {
  readonly tables: readonly string[]
  readonly sinceLast: boolean
  readonly keep: boolean
}

/** Compares tables with a replay of the log: those named, or all that are live. */
export function verifying({ tables, sinceLast, keep }: CopyChoice): Work {
  return async (client, report) => {
    const how = { sinceLast, keep, watch: report }
    const found = await verify(client, dbDirectory, tables, report.say, how)
    return verified(found, (await findDeviations(client)).map(describeDeviation))
  }
}

/** The result of a verification. `deviations` are sentences. */
export function verified(found: readonly Verification[], deviations: readonly string[]): object {
  const tables = found.map(({ rows, ...table }) => ({ ...table, rows: rows.map(withPlainKey) }))
  return { tables, deviations }
}

/** An id, or a time as PostgreSQL writes it in JSON. Digits alone can be a username; numbers are no strings there. */
const plain =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-][\d:]+)$/

/** A key can contain an address or a name, and the result of a job is never erased. */
function withPlainKey({ kind, key }: Difference) {
  const values = Object.entries(key).map(([name, value]) => {
    return [name, typeof value !== 'string' || plain.test(value) ? value : null] as const
  })
  return { kind, key: Object.fromEntries(values) }
}

export function rebuilding({ tables, sinceLast }: CopyChoice): Work {
  return async (client, report) => {
    const { say } = report
    const rebuilt: { table: string; replaced: number }[] = []
    for (const table of new Set(tables)) {
      const replaced = await rebuild(client, dbDirectory, table, say, { sinceLast, watch: report })
      const were = agreeing(replaced, 'was', 'were')
      say(`${table} matches the log; ${counted(replaced, 'row')} ${were} replaced`)
      rebuilt.push({ table, replaced })
    }
    return { tables: rebuilt }
  }
}

export function demoting(tables: readonly string[]): Work {
  return async (client, report) => {
    const chosen = [...new Set(tables)]
    for (const [done, table] of chosen.entries()) {
      report.progress(done, chosen.length, 'tables')
      await demote(client, dbDirectory, table, report.say)
    }
    report.progress(chosen.length, chosen.length, 'tables')
    return { tables }
  }
}

export function retiring(choice: { tables: readonly string[]; release: number | undefined }): Work {
  return async (client, report) => {
    const { say } = report
    const how = { client, directory: dbDirectory, say, watch: report }
    const tables = await retire({ ...how, ...choice })
    if (tables.length === 0) say('nothing to retire')
    return { tables }
  }
}

interface Erasing extends Erasure {
  readonly ledger: string | undefined
}

export interface ErasedUser {
  readonly outcome: 'erased' | 'already_erased'
  readonly position: string
}

export function forgetting({ ledger, ...erasure }: Erasing) {
  return async (client: ClientBase, { say }: Pick<Report, 'say'>): Promise<ErasedUser> => {
    const [erased] = await forget(client, [erasure], ledger, say)
    if (!erased || erased.outcome === 'unknown') {
      throw new MaintenanceError('no user has this id')
    }
    const { outcome, position, kept } = erased
    if (kept.some((part) => !erasure.kept.includes(part))) throw new MaintenanceError(textStays)
    return { outcome, position }
  }
}

/** A user is erased once. Of two operators, the first one's choice counts, and the second must learn of it. */
const textStays =
  'the data were erased before, but the text of the messages stays, because that erasure kept it'
