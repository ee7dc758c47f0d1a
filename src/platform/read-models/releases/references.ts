/**
 * References between read tables, checked in the catalogue. A foreign key that breaks a rule would do one
 * of three things: change rows without a projection, refuse a command after it was answered, or force a
 * new version of every table that refers to a changed one.
 */

import type { ClientBase } from 'pg'

interface Reference {
  readonly table: string
  readonly constraint: string
  /** The table referred to; null where the constraint is not a foreign key. */
  readonly referred: string | null
  readonly acts: boolean
  readonly deferred: boolean
  readonly toIdentity: boolean
}

/**
 * One line for each constraint of the read tables in a schema that breaks a rule. The schema also has the
 * tables that they refer to, or copies of them.
 *
 * A table counts as an identity table by its columns and its projections: every column belongs to the
 * primary key, so only whole rows can change, and no projection can remove one.
 */
export async function findReferenceRefusals(
  client: ClientBase,
  schema: 'read' | 'shadow' | 'epistle_staging',
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
  return rows.flatMap(refusalsOf)
}

function refusalsOf({ table, constraint, referred, acts, deferred, toIdentity }: Reference) {
  const refusals: string[] = []
  if (acts) {
    refusals.push(
      `${constraint} of ${table} changes rows when ${referred} changes, but only projections may ` +
        'change rows; remove "on delete" and "on update"',
    )
  }
  if (deferred) {
    refusals.push(
      `${constraint} of ${table} is checked at commit, when its refusal can no longer be the result of ` +
        'one command; remove "initially deferred"',
    )
  }
  if (!toIdentity) {
    refusals.push(
      `${table} refers to ${referred} (${constraint}), which is not an identity table; an identity table ` +
        'has no column outside its primary key, and no update, delete, merge, truncate or execute in ' +
        'its projections',
    )
  }
  return refusals
}
