/** Queries that are written as text and have a name, timed as those of `prepared.ts` are. */

import type { QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { measured } from '../metrics/measurements.ts'
import type { Queryable } from './prepared.ts'

/** The name comes from a closed set, which the metrics show. */
export type NamedQuery = QueryConfig & { readonly name: string }

/** Runs the query, and reports its time with its wait for a connection. */
export async function timedQuery<Row extends QueryResultRow>(
  on: Queryable,
  query: NamedQuery,
): Promise<QueryResult<Row>> {
  const sent = performance.now()
  const result = await on.query<Row>(query)
  measured.query.report({ statement: query.name, seconds: (performance.now() - sent) / 1000 })
  return result
}
