/**
 * References between read tables, checked in the catalogue. A reference that breaks a rule would do one of
 * four things: change rows without a projection, refuse a command after it was answered, force a new version
 * of every table that refers to a changed one, or let a projection find a row that disappears later.
 */

import type { ClientBase } from 'pg'

interface Reference {
  readonly table: string
  /** The constraint, or the projections that name the other table. */
  readonly name: string
  /** The table referred to; null where the constraint is not a foreign key. */
  readonly referred: string | null
  readonly acts: boolean
  readonly deferred: boolean
  readonly toIdentity: boolean
}

/**
 * One line for each reference of the read tables in a schema that breaks a rule. The schema also has the
 * tables that they refer to, or copies of them.
 *
 * A table counts as an identity table by its columns and its projections: every column belongs to the
 * primary key, so only whole rows can change, and no projection can remove one. Its projections look
 * nothing up, so references never form a circle.
 */
export async function findReferenceRefusals(
  client: ClientBase,
  schema: 'read' | 'shadow' | 'epistle_staging',
): Promise<string[]> {
  const { rows } = await client.query<Reference>(
    `with look_ups as materialized (
       select c.oid, l.name, l.referred
       from engine.look_ups($1::text) l
       join pg_class c on c.relname = l.name and c.relnamespace = $1::text::regnamespace and c.relkind in ('r', 'p')
     ), identities as materialized (
       select c.oid from pg_class c
       where c.relnamespace = $1::text::regnamespace and c.relkind in ('r', 'p')
         and (select count(*) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
           = (select cardinality(k.conkey) from pg_constraint k
              where k.conrelid = c.oid and k.contype = 'p')
         and c.oid not in (select oid from look_ups)
         and not exists (
           select from pg_proc p
           where p.pronamespace = c.relnamespace and p.proname = c.relname || '_on'
             and pg_get_functiondef(p.oid) ~* '\\m(update|delete|merge|truncate|execute)\\M'))
     select c.relname::text as table, k.conname::text as name, r.relname::text as referred,
       k.contype = 'f' and (k.confdeltype <> 'a' or k.confupdtype <> 'a') as acts,
       k.condeferred as deferred,
       k.confrelid in (0, k.conrelid) or k.confrelid in (select oid from identities) as "toIdentity"
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid
     left join pg_class r on r.oid = k.confrelid
     where c.relnamespace = $1::regnamespace
     union all
     select l.name, l.name || '_on', l.referred, false, false,
       r.oid in (select oid from identities)
     from look_ups l
     join pg_class r on r.relnamespace = $1::regnamespace and r.relname = l.referred
     order by 1, 2, 3`,
    [schema],
  )
  return rows.flatMap(refusalsOf)
}

function refusalsOf({ table, name, referred, acts, deferred, toIdentity }: Reference) {
  const refusals: string[] = []
  if (acts) {
    refusals.push(
      `${name} of ${table} changes rows when ${referred} changes, but only projections may ` +
        'change rows; remove "on delete" and "on update"',
    )
  }
  if (deferred) {
    refusals.push(
      `${name} of ${table} is checked at commit, when its refusal can no longer be the result of ` +
        'one command; remove "initially deferred"',
    )
  }
  if (!toIdentity) {
    refusals.push(
      `${table} refers to ${referred} (${name}), which is not an identity table; an identity table ` +
        'has no column outside its primary key, and its projections contain no update, delete, merge, ' +
        'truncate or execute and name no other read table',
    )
  }
  return refusals
}
