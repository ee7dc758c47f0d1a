/**
 * Dependents: the objects of the database that depend on read tables and so prevent that they are dropped.
 * An operator may have created some of them.
 */

import type { ClientBase } from 'pg'

/**
 * The objects that would prevent PostgreSQL from dropping the read tables: tables with a foreign key to
 * one, views of one, and columns and functions that use its row type. And the read tables with projections
 * that look rows up in one. The given tables do not count.
 */
export async function dependentsOf(
  client: ClientBase,
  tables: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(dependentsQuery('$1::text[]'), [tables])
  return rows.map(({ name }) => name)
}

/** The query of `dependentsOf`; `tables` is an expression for the array of their names. */
export function dependentsQuery(tables: string): string {
  return `with given as (
       select c.oid, c.reltype, t.typarray
       from unnest(${tables}) name
       join pg_class c on c.oid = to_regclass(format('read.%I', name))
       join pg_type t on t.oid = c.reltype)
     select case
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
     union
     select t.name from read.tables t join engine.look_ups() using (name)
     where referred = any (${tables}) and t.name <> all (${tables})
     order by name`
}

/** `a, b depend on it`, for messages. */
export function dependOnIt(dependents: readonly string[]): string {
  return `${dependents.join(', ')} ${dependents.length > 1 ? 'depend' : 'depends'} on it`
}

/** The demoted read tables that are views of this table, or of such a view, with the file of each. */
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
