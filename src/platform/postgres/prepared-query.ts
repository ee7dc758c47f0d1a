/**
 * One run of a prepared statement, in the form that pg's clients take queries of other libraries (`Submittable`).
 *
 * pg's own query asks for the columns of its statement at every run. This one asks once for each statement and
 * connection: PostgreSQL fails a statement rather than change its columns. It promises rows with the values of
 * `columnTypes`. On a pipelined client, several runs can be on their way at once.
 */

import pg, { type ClientBase, type Connection, type Pool } from 'pg'
import { textArray } from './text-array.ts'
import { asWritten, columnTypes, toTimestamptz } from './timestamps.ts'

type Row = Record<string, unknown>
type Values = readonly (string | null)[]

interface Rows {
  readonly rows: Row[]
}

/** A description of a column by PostgreSQL. */
interface Field {
  readonly name: string
  readonly dataTypeID: number
}

/** Of a connection, what the types of pg leave out: the texts that it has prepared or sent for it, by their names. */
interface WithStatements {
  readonly parsedStatements: Readonly<Record<string, string>>
  /** pg removes a text from these when PostgreSQL has answered. */
  readonly submittedNamedStatements: Record<string, string>
}

/** How rows are made of the statements that each connection has prepared, by their names. */
const toRowsOf = new WeakMap<Connection, Map<string, ToRow>>()

/**
 * A pipelined client takes queries of pg's own class only. pg's types have its methods as properties, which a class
 * cannot replace by methods, so they are left out.
 */
const PgQuery = pg.Query as unknown as new (text: string) => object

export class PreparedQuery extends PgQuery {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
  /** Called once, when the query is done. A pool sets its own before it passes the query to a client. */
  callback: ((error: Error | null, result?: Rows) => void) | undefined
  readonly #rows: Row[] = []
  #toRows: Map<string, ToRow> | undefined
  #toRow: ToRow | undefined
  #error: Error | undefined

  constructor(name: string, text: string, values: readonly unknown[]) {
    super(text)
    this.name = name
    this.text = text
    this.values = values
  }

  /** Runs the query, once. Returns its rows. */
  async run<Found = Row>(on: Pick<Pool, 'query'> | ClientBase): Promise<Found[]> {
    const running: unknown = on.query(this)
    // A pool returns a promise, and a client the query.
    const { rows } = await (running === this ? this.#result() : (running as Promise<Rows>))
    return rows as Found[]
  }

  #result(): Promise<Rows> {
    const then = this.callback
    return new Promise((resolve, reject) => {
      this.callback = (error, result) => {
        then?.(error, result)
        if (result) resolve(result)
        else reject(error)
      }
    })
  }

  /** Sends the query. The client calls the methods below as the messages of the response arrive. */
  submit(connection: Connection): Error | undefined {
    const { name, text } = this
    const { parsedStatements, submittedNamedStatements } = connection as Connection & WithStatements
    const prepared = parsedStatements[name] ?? submittedNamedStatements[name]
    if (prepared !== undefined && prepared !== text) {
      return new Error(`the statement name ${name} is used for two texts`)
    }
    const values = this.values.map(toParameter)
    this.#toRows = toRowsOf.get(connection) ?? new Map()
    toRowsOf.set(connection, this.#toRows)
    this.#toRow = this.#toRows.get(name)
    connection.stream.cork()
    if (prepared === undefined) {
      connection.parse({ name, text, types: [] }, true)
      submittedNamedStatements[name] = text
    }
    connection.bind({ statement: name, values }, true)
    if (!this.#toRow) connection.describe({ type: 'P', name: '' }, true)
    connection.execute(null, true)
    connection.sync()
    connection.stream.uncork()
    return undefined
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#toRow = compileToRow(fields)
    this.#toRows?.set(this.name, this.#toRow)
  }

  /** A value that cannot be read fails the query, after the rest of its response. */
  handleDataRow({ fields }: { readonly fields: Values }): void {
    if (this.#error) return
    try {
      this.#rows.push((this.#toRow as ToRow)(fields))
    } catch (error) {
      this.#error = error as Error
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.#error) this.callback?.(this.#error)
    else this.callback?.(null, { rows: this.#rows })
  }

  handleError(error: Error): void {
    this.callback?.(error)
  }
}

/** Makes a row of the values of its columns. */
type ToRow = (values: Values) => Row

/**
 * Compiles the function for the columns of a statement: one object literal. A loop that adds members by their names, to
 * rows of all statements, takes three times as long, which is 6 µs for a page of fifty messages.
 */
function compileToRow(fields: readonly Field[]): ToRow {
  const parsers = fields.map(({ dataTypeID }) => columnTypes.getTypeParser(dataTypeID, 'text'))
  const members = fields.map(({ name }, n) => {
    const value = `values[${n}]`
    const parsed = `${value} === null ? null : parsers[${n}](${value})`
    return `${JSON.stringify(name)}: ${parsers[n] === asWritten ? value : parsed}`
  })
  return new Function('parsers', `return (values) => ({ ${members.join()} })`)(parsers)
}

/** A parameter in PostgreSQL's text format, or a Buffer, which pg sends as it is. */
function toParameter(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return textArray(value)
  return value instanceof Date ? toTimestamptz(value) : `${value}`
}
