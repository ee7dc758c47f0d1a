/**
 * References between read tables, as the catalogue has them: what a foreign key must be like, or rows
 * would change without a projection, commands be refused after they were answered, and each new
 * version of a table drag along all that refer to it.
 */

import type { ClientBase } from 'pg'

interface Reference {
  readonly table: string
  readonly constraint: string
  /** The table referred to; null of a constraint that is no foreign key. */
  readonly referred: string | null
  readonly acts: boolean
  readonly deferred: boolean
  readonly toIdentity: boolean
}

/**
 * What is wrong with the constraints of the read tables in a schema. An identity table is told by its
 * shape and by the words of its projections: all its columns are its primary key's, so that there is
 * nothing to change but rows as a whole, and none of its projections can take one away.
 */
export async function referenceFaults(
  client: ClientBase,
  schema: 'read' | 'shadow',
): Promise<string[]> {
  const { rows } = await client.query<Reference>(
    `with identities as (
       select c.oid from pg_class c
       where c.relnamespace = $1::regnamespace
         and (select count(*) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
           = (select cardinality(k.conkey) from pg_constraint k
              where k.conrelid = c.oid and k.contype = 'p')
         and not exists (
           select from pg_proc p
           where p.pronamespace = c.relnamespace and p.proname = c.relname || '_on'
             and pg_get_functiondef(p.oid) ~* '\\m(update|delete|merge|truncate|execute)\\M'))
     select c.relname::text as table, k.conname::text as constraint, r.relname::text as referred,
       k.contype = 'f' and (k.confdeltype <> 'a' or k.confupdtype <> 'a') as acts,
       k.condeferred as deferred,
       k.confrelid in (0, k.conrelid) or k.confrelid in (select oid from identities) as "toIdentity"
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid
     left join pg_class r on r.oid = k.confrelid
     where c.relnamespace = $1::regnamespace
     order by c.relname, k.conname`,
    [schema],
  )
  return rows.flatMap(faultsOf)
}

function faultsOf({ table, constraint, referred, acts, deferred, toIdentity }: Reference) {
  const faults: string[] = []
  if (acts) {
    faults.push(
      `${constraint} of ${table} acts by itself when ${referred} changes; rows are changed by ` +
        'projections alone, so leave out "on delete" and "on update"',
    )
  }
  if (deferred) {
    faults.push(
      `${constraint} of ${table} is checked when all is said and done, and could not be anybody's ` +
        'verdict; leave out "initially deferred"',
    )
  }
  if (!toIdentity) {
    faults.push(
      `${table} refers to ${referred} (${constraint}), which is no identity table: that has no column ` +
        'beside its primary key, and no update, delete, merge, truncate or execute in its projections',
    )
  }
  return faults
}
