/**
 * Queries written in Kysely, compiled once when their file is loaded, and run as named prepared statements.
 * Requests thus run no query builder, and PostgreSQL parses each text once for each connection. Within the reading of a
 * response, a query also returns the position of its snapshot (`snapshot.ts`). A bigint
 * arrives as a decimal string, a timestamptz as RFC 3339.
 */

import {
  type Compilable,
  DummyDriver,
  Kysely,
  type OperationNodeSource,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  SelectQueryNode,
  sql,
} from 'kysely'
import type { Pool } from 'pg'
import { measured } from '../metrics/measurements.ts'
import { type Form, type Positioned, positionedForms, readPosition } from './positioned-forms.ts'
import { PreparedQuery } from './prepared-query.ts'
import { currentSnapshot, type Snapshot } from './snapshot.ts'

/**
 * PostgreSQL truncates names of more than 63 bytes, and two with the same beginning would become one statement. The
 * forms of a query that return its position and check a session add three characters.
 */
const MAX_NAME_BYTES = 60

/** A query with named parameters, for any connection. */
export interface Prepared<Params, Row> {
  readonly name: string
  readonly text: string
  /** Returns all rows. */
  readonly all: (on: Queryable, params: Params) => Promise<Row[]>
  /** Returns the first row, if there is one. */
  readonly first: (on: Queryable, params: Params) => Promise<Row | undefined>
}

/** A pool, or a client of one. */
export type Queryable = Pick<Pool, 'query'>

/** A pool that also gives out its connections. */
export type Connectable = Pick<Pool, 'query' | 'connect'>

/** Marks the place of a named parameter; typed as its value. */
export type Param<Params> = <Name extends keyof Params & string>(name: Name) => Params[Name]

/** A Kysely that only compiles queries and has no connection. */
export function queryBuilder<Tables>(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
}

/**
 * Compiles a query that is later run by name. Each text needs a name of its own in the OS process. A literal
 * value in the query becomes a parameter with a constant value.
 */
export function prepare<Params extends object, Row>(
  name: string,
  build: (param: Param<Params>) => Compilable<Row>,
): Prepared<Params, Row> {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new Error(`the statement name ${name} is longer than ${MAX_NAME_BYTES} bytes: shorten it`)
  }
  const query = build((key) => new Placeholder(key) as never)
  const { sql: text, parameters } = query.compile()
  const valuesOf = (params: Params) =>
    parameters.map((p) => (p instanceof Placeholder ? params[p.name as keyof Params] : p))
  const run = async <Found = Row>(on: Queryable, values: readonly unknown[], form: Form) => {
    const query = new PreparedQuery(name + form.suffix, form.text, values)
    const sent = performance.now()
    const rows = await query.run<Found>(on)
    measured.query.report({ statement: name, seconds: (performance.now() - sent) / 1000 })
    return rows
  }
  const plain = { suffix: '', text }
  const formsFor = positionedForms(text, parameters.length, isPlainSelect(query))
  const show = async (
    kind: 'rows' | 'evenOfNone',
    on: Queryable,
    params: Params,
    snapshot: Snapshot,
  ) => {
    const { atLeast, session } = snapshot
    const form = formsFor(session)[kind]
    if (!form) return []
    const values = session ? [...valuesOf(params), session.key] : valuesOf(params)
    const rows = await run<Row & Positioned>(on, values, form)
    if (!rows[0]) return []
    const [position, isActive] = readPosition(rows[0])
    if (session && isActive) session.confirm()
    snapshot.add(position, atLeast)
    return rows
  }
  const all = async (on: Queryable, params: Params) => {
    const snapshot = currentSnapshot()
    if (!snapshot) return run(on, valuesOf(params), plain)
    const rows = await show('rows', on, params, snapshot)
    if (rows.length > 0) return rows
    const found = await show('evenOfNone', on, params, snapshot)
    return found.filter(({ isRow }) => isRow)
  }
  return { name, text, all, first: async (on, params) => (await all(on, params))[0] }
}

/**
 * `any (…)` of the values of a parameter, for a look-up by an index. PostgreSQL expects ten values of it whatever
 * their number, so it soon keeps a plan. With the bare parameter it expects fewer in each call than in a plan
 * that it could keep, so it plans every call, which takes longer than the look-up.
 */
export function anyOf(values: readonly string[], type: 'uuid' | 'bytea'): RawBuilder<string> {
  return sql`any(array(select unnest(${values}::${sql.raw(type)}[])))`
}

/** Whether another column can be added to the query at its beginning. */
function isPlainSelect(query: Compilable<unknown>): boolean {
  const node = 'toOperationNode' in query && (query as OperationNodeSource).toOperationNode()
  if (!node || !SelectQueryNode.is(node)) return false
  return !(node.with || node.setOperations || node.distinctOn || node.frontModifiers)
}

class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}
