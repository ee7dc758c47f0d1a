/**
 * Dependents: what in the database depends on read tables, be it ours or an operator's, and keeps
 * them from being dropped; and of what a demoted one is a view.
 */

import type { ClientBase } from 'pg'

/**
 * What PostgreSQL would not let any of the read tables go without, other than these tables
 * themselves: tables with a foreign key, views, and what takes the row type of one.
 */
export async function dependentsOf(
  client: ClientBase,
  tables: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `with given as (
       select c.oid, c.reltype, t.typarray
       from unnest($1::text[]) name
       join pg_class c on c.oid = to_regclass(format('read.%I', name))
       join pg_type t on t.oid = c.reltype)
     select distinct case
         when c.oid is null then pg_describe_object(d.classid, d.objid, 0)
         when c.relnamespace = 'read'::regnamespace then c.relname::text
         else format('%s.%s', c.relnamespace::regnamespace, quote_ident(c.relname))
       end as name
     from given g
     join pg_depend d on d.deptype = 'n'
       and (d.refclassid = 'pg_class'::regclass and d.refobjid = g.oid
         or d.refclassid = 'pg_type'::regclass and d.refobjid in (g.reltype, g.typarray))
     left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
     left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
     left join pg_class c on c.oid = case d.classid
       when 'pg_class'::regclass then d.objid else coalesce(k.conrelid, r.ev_class) end
     where c.oid is null or c.oid not in (select oid from given)
     order by name`,
    [tables],
  )
  return rows.map(({ name }) => name)
}

/** The demoted read tables that are views of this one, or of such a view; the file of each. */
export async function viewsOver(
  client: ClientBase,
  table: string,
): Promise<{ name: string; file: string }[]> {
  const { rows } = await client.query<{ name: string; file: string }>(
    `with recursive demoted as (
       select t.name, t.file, c.oid
       from read.tables t join pg_class c on c.oid = to_regclass(format('read.%I', t.name))
       where t.state = 'demoted'
     ), over as (
       select to_regclass(format('read.%I', $1::text))::oid as oid
       union
       select r.ev_class
       from over
       join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = over.oid
       join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
       where r.ev_class in (select oid from demoted)
     )
     select name, file from demoted join over using (oid)
     where name <> $1
     order by engine.release_of(name) desc, name`,
    [table],
  )
  return rows
}

/** A relation that a view reads: its name, and what is known of it where it is a read table. */
export interface Source {
  readonly name: string
  readonly release: number | null
  readonly state: string | null
}

/** What a view of a schema reads itself; of a table, nothing. */
export async function sourcesOf(
  client: ClientBase,
  schema: 'read' | 'shadow',
  view: string,
): Promise<Source[]> {
  const { rows } = await client.query<Source>(
    `select distinct coalesce(t.name, format('%s.%s', c.relnamespace::regnamespace, c.relname)) as name,
       t.release, t.state
     from pg_rewrite r
     join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
       and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
     join pg_class c on c.oid = d.refobjid
     left join read.tables t on t.name = c.relname and c.relnamespace = 'read'::regnamespace
     where r.ev_class = to_regclass(format('%I.%I', $1::text, $2::text))
     order by name`,
    [schema, view],
  )
  return rows
}
