/**
 * The values that the states of a stream must not show: those of the secret and personal columns of its events, also of
 * the events before a page. The database reads only these columns, and returns each value once.
 */

import pg from 'pg'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { isHidden, type PersonalColumns } from './masking.ts'

/** The events of a stream from its first one up to a version. */
export interface Beginning {
  readonly streamId: string
  readonly aggregate: string
  readonly version: number
}

export async function readHiddenValues(
  on: Queryable,
  { streamId, aggregate, version }: Beginning,
  personal: PersonalColumns,
  shown: boolean,
): Promise<ReadonlySet<unknown>> {
  const types = await listColumns(on, aggregate)
  const hidden = types
    .map(({ type, names }) => ({
      type,
      names: names.filter((name) => isHidden(name, personal.get(type), shown)),
    }))
    .filter(({ names }) => names.length > 0)
  if (hidden.length === 0) return new Set()
  const { rows } = await on.query<{ value: string }>(hidden.map(valuesOf).join(' union '), [
    streamId,
    version,
  ])
  return new Set(rows.map(({ value }) => value))
}

interface Columns {
  readonly type: string
  readonly names: readonly string[]
}

/** The columns of each event type of an aggregate, without those that every type has. */
async function listColumns(on: Queryable, aggregate: string): Promise<Columns[]> {
  const { rows } = await on.query<Columns>(
    `select t.type, array_agg(a.attname::text) as names
     from log.event_types t
     join pg_attribute a on a.attrelid = format('log.%I', t.type)::regclass and a.attnum > 0
     where t.aggregate = $1 and not a.attisdropped and a.attname not in ('position', 'recorded_at')
     group by t.type`,
    [aggregate],
  )
  return rows
}

/** Only strings: a hidden number or boolean would hide every equal value in a state. */
function valuesOf({ type, names }: Columns): string {
  const values = names.map((name) => `(to_jsonb(r.${pg.escapeIdentifier(name)}))`)
  return `select v.value #>> '{}' as value
    from log.events h join log.${pg.escapeIdentifier(type)} r on r.position = h.position
    cross join lateral (values ${values.join(', ')}) v (value)
    where h.stream_id = $1 and h.stream_version <= $2 and jsonb_typeof(v.value) = 'string'`
}
