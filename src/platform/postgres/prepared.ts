/**
 * Queries written in Kysely, compiled once when their file is loaded, and run as named prepared statements.
 * Requests thus run no query builder, and PostgreSQL parses each text once for each connection. A bigint
 * arrives as a decimal string, a timestamptz as RFC 3339.
 */

import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import type { Pool } from 'pg'
import { columnTypes } from './timestamps.ts'

/** PostgreSQL truncates longer names, and two names with the same beginning would become one statement. */
const MAX_NAME_BYTES = 63

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
  const { sql: text, parameters } = build((key) => new Placeholder(key) as never).compile()
  const valuesOf = (params: Params) =>
    parameters.map((p) => (p instanceof Placeholder ? params[p.name as keyof Params] : p))
  const all = async (on: Queryable, params: Params) => {
    const { rows } = await on.query({ name, text, values: valuesOf(params), types: columnTypes })
    return rows as Row[]
  }
  return { name, text, all, first: async (on, params) => (await all(on, params))[0] }
}

class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}
