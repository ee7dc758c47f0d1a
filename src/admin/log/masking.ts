/**
 * What an operator sees of the data of events and aggregates: never a secret, and personal data only on request.
 *
 * `secret-columns.ts` decides by their names which members are secret. The personal columns are those that an erasure
 * blanks (`log.personal_columns`). Of a type without a declaration, all columns are masked.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'
import { isSecret } from '../../platform/read-models/secret-columns.ts'

export type Columns = Readonly<Record<string, unknown>>

export interface Masked {
  /** Without secrets; null in the place of personal values, unless they are shown. */
  readonly data: Record<string, unknown>
  /** The names of the columns whose values are not shown. */
  readonly masked: string[]
}

/** The personal columns of each event type. */
export type PersonalColumns = ReadonlyMap<string, ReadonlySet<string>>

export async function readPersonalColumns(on: Queryable): Promise<PersonalColumns> {
  const { rows } = await on.query<{ type: string; names: string[] }>(
    `select event_type as type, array(select jsonb_object_keys(blanks)) as names
     from log.personal_columns`,
  )
  return new Map(rows.map(({ type, names }) => [type, new Set(names)]))
}

/** The columns of an event of a type as an operator sees them. */
export function mask(
  columns: Columns,
  personal: ReadonlySet<string> | undefined,
  shown: boolean,
): Masked {
  const visible = Object.entries(columns).filter(([name]) => !isSecret(name))
  const isMasked = (name: string) => !shown && (personal?.has(name) ?? true)
  return {
    data: Object.fromEntries(visible.map(([name, value]) => [name, isMasked(name) ? null : value])),
    masked: visible.map(([name]) => name).filter(isMasked),
  }
}

/**
 * The state of an aggregate: without the members that are secret or equal a value of `hidden`, wherever they are in it.
 * An aggregate may keep a value under another name than the event has.
 */
export function maskState(state: unknown, hidden: ReadonlySet<unknown>): unknown {
  if (hidden.has(state)) return null
  if (Array.isArray(state)) return state.map((item) => maskState(item, hidden))
  if (typeof state !== 'object' || state === null) return state
  return Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => !isSecret(name))
      .map(([name, value]) => [name, maskState(value, hidden)]),
  )
}

/** The members of a state that are not shown whole, without those that are secret. */
export function maskedMembers(state: Columns, hidden: ReadonlySet<unknown>): string[] {
  const isMasked = (value: unknown): boolean =>
    hidden.has(value) ||
    (typeof value === 'object' && value !== null && Object.values(value).some(isMasked))
  return Object.entries(state)
    .filter(([name, value]) => !isSecret(name) && isMasked(value))
    .map(([name]) => name)
}

/** Whether responses do not show the values of a column of an event type. */
export function isHidden(
  name: string,
  personal: ReadonlySet<string> | undefined,
  shown: boolean,
): boolean {
  return isSecret(name) || (!shown && (personal?.has(name) ?? true))
}
