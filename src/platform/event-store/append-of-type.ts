/**
 * Append of one type: batches of single events of one type as the arrays that `log.append_<type>` takes, one
 * for each column. The database lists the columns of a type. Promises that a batch means the same as its
 * JSON does to `log.append`; a batch of which that is not certain is left to that function.
 */

import { createHash } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import { textArray } from '../postgres/text-array.ts'
import type { AppendRequest, AppendResult, EventToAppend } from './append-request.ts'
import { type BatchQuestion, statementOf } from './questions.ts'

/** What the database has for a type: the parameters of its function for the data of an event. */
interface EventType {
  readonly columns: readonly { readonly name: string; readonly isJson: boolean }[]
  readonly names: ReadonlySet<string>
  /** The column that contains the id of the stream. */
  readonly streamColumn: string
  /** The call of the function, and a name for this text. */
  readonly call: { readonly name: string; readonly text: string; readonly parameters: number }
}

/** A call of the function of a type. */
export interface AppendOfType {
  readonly name: string
  readonly text: string
  readonly values: (string | null)[]
}

/** What the general path returns. */
export interface AppendedInTries {
  readonly results: readonly AppendResult[]
  readonly waited_ms: number
}

/** What the function of a type returns. */
export type AppendedOfType =
  | { readonly position: string; readonly recorded_at: string; readonly waited_ms: number }
  | AppendedInTries

type Database = Pool | ClientBase

/** The types that each connection has asked for; undefined for a type that has no function. */
const typesOf = new WeakMap<Database, Map<string, Promise<EventType | undefined>>>()

/** The function was dropped or has another form now, so its parameters must be read again. */
export function forgetTypes(on: Database): void {
  typesOf.delete(on)
}

/** The call that appends the batch; undefined when it must be left to `log.append`. */
export async function toAppendOfType(
  on: Database,
  requests: readonly AppendRequest[],
  question?: BatchQuestion,
): Promise<AppendOfType | undefined> {
  const batch = readBatch(requests)
  const type = batch && (await readType(on, batch.type))
  if (!type) return undefined
  const columns = toArrays(batch.events, type)
  if (!columns) return undefined
  const values = [
    textArray(batch.events.map(({ id }) => id)),
    textArray(batch.events.map(({ stream_version }) => `${stream_version}`)),
    textArray(batch.events.map(({ metadata }) => (metadata ? JSON.stringify(metadata) : '{}'))),
    batch.readTable ?? null,
    batch.readTable === undefined ? null : textArray(batch.keys),
    ...columns,
    ...(question?.values ?? []),
  ]
  const { name, text, parameters } = type.call
  return { ...statementOf(name, text, parameters, question), values }
}

interface Batch {
  readonly type: string
  readonly events: readonly EventToAppend[]
  /** The only read table of which requests expect a key. */
  readonly readTable: string | undefined
  readonly keys: readonly (string | null)[]
}

/** The events of the requests, if each has one event, of the same type, and expects a key at most. */
function readBatch(requests: readonly AppendRequest[]): Batch | undefined {
  const type = requests[0]?.single?.type
  if (type === undefined) return undefined
  const events: EventToAppend[] = []
  const keys: (string | null)[] = []
  let readTable: string | undefined
  for (const { single, expects } of requests) {
    const [expected, second] = expects
    if (single?.type !== type || second) return undefined
    if (expected) {
      if (!('read_table' in expected)) return undefined
      readTable ??= expected.read_table
      if (expected.read_table !== readTable) return undefined
    }
    events.push(single)
    keys.push(expected?.key ?? null)
  }
  return { type, events, readTable, keys }
}

/** An array for each column; undefined when an event has a key or a value that is not certain to fit. */
function toArrays(
  events: readonly EventToAppend[],
  { columns, names, streamColumn }: EventType,
): string[] | undefined {
  for (const { data, stream_id } of events) {
    if (data[streamColumn] !== stream_id) return undefined
    for (const key in data) if (!names.has(key)) return undefined
  }
  const arrays: string[] = []
  for (const { name, isJson } of columns) {
    const values = events.map(({ data }) => toText(data[name], isJson))
    if (values.includes(undefined)) return undefined
    arrays.push(textArray(values as (string | null)[]))
  }
  return arrays
}

/**
 * A value as the database reads it out of JSON; undefined for objects, fractions, and strings that are not
 * Unicode text, which JSON would not keep either.
 */
function toText(value: unknown, isJson: boolean): string | null | undefined {
  if (value === null || value === undefined) return null
  if (isJson) return JSON.stringify(value)
  if (typeof value === 'string') {
    return value.isWellFormed() && !value.includes('\0') ? value : undefined
  }
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return `${value}`
  return undefined
}

function readType(on: Database, type: string): Promise<EventType | undefined> {
  const types = typesOf.get(on) ?? new Map<string, Promise<EventType | undefined>>()
  typesOf.set(on, types)
  const known = types.get(type)
  if (known) return known
  const found = queryType(on, type)
  types.set(type, found)
  // A query that failed is sent again.
  found.catch(() => types.delete(type))
  return found
}

/** The parameters before those for the columns, as `toAppendOfType` fills them. */
const fixedParameters = ['ids', 'versions', 'metadata', 'read_table', 'keys']

function isFilled(parameter: string, n: number): boolean {
  const fixed = fixedParameters[n]
  return fixed ? parameter === fixed : parameter.startsWith('data_')
}

/** Undefined also where a later machinery gave the function other parameters than this code fills. */
async function queryType(on: Database, type: string): Promise<EventType | undefined> {
  const { rows } = await on.query<{
    function: string
    names: string[]
    types: string[]
    stream_column: string
  }>(
    `select p.oid::regproc::text as function, p.proargnames as names, t.stream_column,
       array(select format_type(a.type, null)
         from unnest(p.proargtypes) with ordinality a (type, n) order by n) as types
     from log.event_types t
     join pg_proc p on p.pronamespace = 'log'::regnamespace and p.proname = 'append_' || t.type
     where t.type = $1 and has_function_privilege(p.oid, 'execute')`,
    [type],
  )
  const [row] = rows
  if (!row?.names.every(isFilled)) return undefined
  const parameters = row.names.map((name, n) => ({ name, type: row.types[n] }))
  const casts = parameters.map((parameter, n) => `$${n + 1}::${parameter.type}`)
  const columns = parameters.slice(fixedParameters.length).map((parameter) => ({
    name: parameter.name.slice('data_'.length),
    isJson: parameter.type === 'jsonb[]',
  }))
  return {
    columns,
    names: new Set(columns.map(({ name }) => name)),
    streamColumn: row.stream_column,
    call: preparedOnce(`${row.function}(${casts.join(', ')})`, casts.length),
  }
}

/** A connection prepares one text for a name, and a function can get another form, so the text makes the name. */
function preparedOnce(text: string, parameters: number): EventType['call'] {
  const hash = createHash('sha256').update(text).digest('base64url')
  return { name: `log.append:${hash.slice(0, 22)}`, text, parameters }
}
