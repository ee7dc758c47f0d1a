/**
 * Append of one type: batches of single events of one type as the arrays that `log.append_<type>` takes, one
 * for each column, and one event as the values that `log.append1_<type>` takes. The database lists the columns of
 * a type. Promises that a batch means the same as its JSON does to `log.append`; a batch of which that is not
 * certain is left to that function.
 */

import { createHash } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import { arrayParameter } from '../postgres/binary-array.ts'
import type { AppendRequest, AppendResult, EventToAppend } from './append-request.ts'
import { type BatchQuestion, statementOf } from './questions.ts'

/** What the database has for a type: the parameters of its functions for the data of an event. */
interface EventType {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly names: ReadonlySet<string>
  /** The column that contains the id of the stream. */
  readonly streamColumn: string
  readonly call: Call
  /** The call of the function for one event; undefined for a machinery without it. */
  readonly callOfOne: Call | undefined
}

/** The call of a function, and a name for this text. */
interface Call {
  readonly name: string
  readonly text: string
  readonly parameters: number
}

/** A call of a function of a type. */
export interface AppendOfType {
  readonly name: string
  readonly text: string
  readonly values: Parameter[]
}

type Parameter = string | Buffer | null

/** What the general path returns. */
export interface AppendedInTries {
  readonly results: readonly AppendResult[]
  readonly waited_ms: number
}

/** What the functions of a type return. */
export type AppendedOfType =
  | { readonly position: string; readonly recorded_at: string; readonly waited_ms: number }
  | AppendedInTries

type Database = Pool | ClientBase

/** The types that each connection has asked for; undefined for a type that has no function. */
const typesOf = new WeakMap<Database, Map<string, Promise<EventType | undefined>>>()

/** Reads the parameters of all functions again at their next use: one was dropped or replaced. */
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
  const isOfOne = requests.length === 1 && type.callOfOne !== undefined
  const values = isOfOne ? toValues(batch, type) : toArrays(batch, type)
  if (!values) return undefined
  if (question) values.push(...question.values)
  const { name, text, parameters } = isOfOne ? type.callOfOne : type.call
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

/** A value for each parameter; undefined when the event has a key or a value that is not certain to fit. */
function toValues(
  { events, readTable, keys }: Batch,
  type: EventType,
): (string | null)[] | undefined {
  const [event] = events
  const columns = event && toColumns(event, type)
  if (!columns) return undefined
  const { id, stream_version, metadata } = event
  const header = [id, `${stream_version}`, metadata ? JSON.stringify(metadata) : '{}']
  return [...header, readTable ?? null, keys[0] ?? null, ...columns]
}

/** An array for each parameter; undefined when an event has a key or a value that is not certain to fit. */
function toArrays({ events, readTable, keys }: Batch, type: EventType): Parameter[] | undefined {
  const columns: (string | null)[][] = type.columns.map(() => [])
  for (const event of events) {
    const values = toColumns(event, type)
    if (!values) return undefined
    for (const [n, value] of values.entries()) columns[n]?.push(value)
  }
  const metadata = events.map(({ metadata }) => (metadata ? JSON.stringify(metadata) : '{}'))
  return [
    arrayParameter(
      'uuid',
      events.map(({ id }) => id),
    ),
    `{${events.map(({ stream_version }) => stream_version).join()}}`,
    arrayParameter('jsonb', metadata),
    readTable ?? null,
    readTable === undefined ? null : arrayParameter('uuid', keys),
    ...columns.map((values, n) => arrayParameter(type.columns[n]?.type as string, values)),
  ]
}

/** The values of an event's columns; undefined when it has a key or a value that is not certain to fit. */
function toColumns(
  { data, stream_id }: EventToAppend,
  { columns, names, streamColumn }: EventType,
): (string | null)[] | undefined {
  if (data[streamColumn] !== stream_id) return undefined
  for (const key in data) if (!names.has(key)) return undefined
  const values = columns.map(({ name, type }) => toText(data[name], type))
  return values.includes(undefined) ? undefined : (values as (string | null)[])
}

/**
 * A value as the database reads it out of JSON; undefined for objects, fractions, and strings that are not
 * Unicode text, which JSON would not keep either.
 */
function toText(value: unknown, type: string): string | null | undefined {
  if (value === null || value === undefined) return null
  if (type === 'jsonb') return JSON.stringify(value)
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

/** The parameters before those for the columns, as `toArrays` and `toValues` fill them. */
const fixedParameters = ['ids', 'versions', 'metadata', 'read_table', 'keys']
const fixedParametersOfOne = ['id', 'version', 'metadata', 'read_table', 'key']

interface FunctionOfType {
  readonly function: string
  readonly of_one: boolean
  readonly names: string[]
  readonly types: string[]
  readonly stream_column: string
}

/** Whether this code fills the parameters of the function: a later machinery can have given it others. */
function isFilled({ names, of_one }: FunctionOfType): boolean {
  const fixed = of_one ? fixedParametersOfOne : fixedParameters
  return names.every((name, n) => (fixed[n] ? name === fixed[n] : name.startsWith('data_')))
}

/** Undefined where the type has no function for batches that this code can call. */
async function queryType(on: Database, type: string): Promise<EventType | undefined> {
  const { rows } = await on.query<FunctionOfType>(
    `select p.oid::regproc::text as function, p.proname like 'append1%' as of_one,
       p.proargnames as names, t.stream_column,
       array(select format_type(a.type, null)
         from unnest(p.proargtypes) with ordinality a (type, n) order by n) as types
     from log.event_types t
     join pg_proc p on p.pronamespace = 'log'::regnamespace
       and p.proname in ('append_' || t.type, 'append1_' || t.type)
     where t.type = $1 and has_function_privilege(p.oid, 'execute')`,
    [type],
  )
  const filled = rows.filter(isFilled)
  const ofSeveral = filled.find(({ of_one }) => !of_one)
  const ofOne = filled.find(
    ({ of_one, names }) => of_one && names.length === ofSeveral?.names.length,
  )
  if (!ofSeveral) return undefined
  const columns = ofSeveral.names.slice(fixedParameters.length).map((parameter, n) => ({
    name: parameter.slice('data_'.length),
    type: ofSeveral.types[n + fixedParameters.length]?.slice(0, -'[]'.length) ?? '',
  }))
  return {
    columns,
    names: new Set(columns.map(({ name }) => name)),
    streamColumn: ofSeveral.stream_column,
    call: callOf(ofSeveral),
    callOfOne: ofOne && callOf(ofOne),
  }
}

function callOf({ function: name, types }: FunctionOfType): Call {
  const casts = types.map((type, n) => `$${n + 1}::${type}`)
  return preparedOnce(`${name}(${casts.join(', ')})`, casts.length)
}

/** A connection prepares one text for a name, and a function can get another form, so the text makes the name. */
function preparedOnce(text: string, parameters: number): Call {
  const hash = createHash('sha256').update(text).digest('base64url')
  return { name: `log.append:${hash.slice(0, 22)}`, text, parameters }
}
