/**
 * Faults of new tables, found in the catalogue: whatever would make a replay, a comparison or a repair of the
 * table differ from what log.append did, or a refusal come after its result.
 */

import type { ClientBase } from 'pg'

interface Fault {
  /** The table, and the column or constraint of it. */
  readonly table: string
  readonly part: string
  readonly kind: keyof typeof sentences
}

/** For each kind of fault what is wrong with the part of the table, and what to write instead. */
const sentences = {
  unequal:
    'has a type without an equality that sorts or hashes (such as json, xml, point or box), so verify could ' +
    'not compare its rows; use a type that has one, such as jsonb, or a column for each part',
  collation:
    'has a nondeterministic collation, under which verify takes different texts for equal; use a ' +
    'deterministic one, and a unique index on an expression such as lower(…)',
  volatile:
    'uses the clock, the session, a random value or a sequence, so a replay would not make the same rows; ' +
    'let the projection write it from the event',
  deferrable:
    'is deferrable, so its refusal could come at commit, after the result of log.append; remove ' +
    '"deferrable"',
  'not valid': 'is not enforced for all rows; remove "not valid" and "not enforced"',
  unlogged:
    'is unlogged or temporary, so a crash of the database would empty it; make it a plain table',
  split: 'is partitioned, inherits or is inherited from; make it one plain table',
  security: 'has row level security, which hides rows from replays; remove it',
  trigger: 'is a trigger, but a release creates none: write a projection or a process manager',
  rule: 'is a rule, which would rewrite what projections do; remove it',
}

/** `t` is each new table; in schema log the event tables, whose columns are never compared or replayed into. */
const tables = `
  select c.oid, c.relname::text as name, c.relnamespace <> 'log'::regnamespace as replayed, c.relkind,
    c.relpersistence, c.relispartition, c.relrowsecurity or c.relforcerowsecurity as secured
  from pg_class c
  where c.relkind in ('r', 'p', 'f') and c.oid <> 'read.tables'::regclass and (c.relnamespace = $1::regnamespace
    or $2 and c.oid in (select to_regclass(format('log.%I', type)) from log.event_types))`

/** The types that columns of replayed tables are made of, down to those that have no parts. */
const types = `
  select a.attrelid, a.attname, a.atttypid as type
  from t join pg_attribute a on a.attrelid = t.oid
  where t.replayed and a.attnum > 0 and not a.attisdropped
  union
  select p.attrelid, p.attname, part.type
  from parts p join pg_type y on y.oid = p.type
  cross join lateral (
    select y.typbasetype where y.typtype = 'd'
    union all
    select y.typelem where y.typsubscript = 'array_subscript_handler'::regproc
    union all
    select a.atttypid from pg_attribute a
    where y.typtype = 'c' and a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped
  ) part (type)`

/** Whether the base type y has a default operator class, itself or through a cast that changes no bit. */
const hasEquality = `exists (
  select from pg_opclass o join pg_am m on m.oid = o.opcmethod
  where m.amname in ('btree', 'hash') and o.opcdefault and (o.opcintype = y.oid or exists (
    select from pg_cast k
    where k.castsource = y.oid and k.casttarget = o.opcintype and k.castmethod = 'b'
      and k.castcontext = 'i')))`

/** Whether a stored expression calls a function that is not immutable, or reads the session or a sequence. */
const isVolatile = (tree: string) => `(
  ${tree}::text ~ '[{](SQLVALUEFUNCTION|NEXTVALUEEXPR) ' or exists (
    select from regexp_matches(${tree}::text, ':(?:funcid|opfuncid) ([0-9]+)', 'g') called
    join pg_proc p on p.oid = called[1]::oid
    where p.provolatile <> 'i'))`

const faults = `
  with recursive t as (${tables}), parts as (${types}), constraints as (
    select t.*, k.conname::text as part, k.contype, k.condeferrable, k.convalidated, k.conbin,
      to_jsonb(k) ->> 'conenforced' as enforced
    from t join pg_constraint k on k.conrelid = t.oid
  ), columns as (
    select t.*, a.attname::text as part, a.attidentity, a.attcollation, d.adbin
    from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where t.replayed and not a.attisdropped
  )
  select t.name as table, p.attname::text as part, 'unequal' as kind
  from parts p join t on t.oid = p.attrelid join pg_type y on y.oid = p.type
  where y.typtype = 'b' and y.typsubscript <> 'array_subscript_handler'::regproc and not ${hasEquality}
  union
  select name, part, 'collation' from columns
  where attcollation in (select oid from pg_collation where not collisdeterministic)
  union
  select name, part, 'volatile' from columns where attidentity <> '' or ${isVolatile('adbin')}
  union
  select name, part, 'volatile' from constraints where replayed and ${isVolatile('conbin')}
  union
  select name, part, 'deferrable' from constraints where condeferrable and contype in ('p', 'u', 'x')
  union
  select name, part, 'not valid' from constraints where not convalidated or enforced = 'false'
  union
  select name, '', 'unlogged' from t where relpersistence <> 'p'
  union
  select name, '', 'split' from t
  where relkind <> 'r' or relispartition or exists (
    select from pg_inherits where oid in (inhrelid, inhparent))
  union
  select name, '', 'security' from t where secured
  union
  select name, g.tgname, 'trigger' from t join pg_trigger g on g.tgrelid = t.oid
  where not g.tgisinternal and (replayed or g.tgname !~ '^(00_.*|99_work)$')
  union
  select name, r.rulename, 'rule' from t join pg_rewrite r on r.ev_class = t.oid
  order by 1, 2, 3`

/** One line for each fault of the read tables in a schema, and of the event tables unless it is `shadow`. */
export async function findTableFaults(client: ClientBase, schema: string): Promise<string[]> {
  const { rows } = await client.query<Fault>(faults, [schema, schema !== 'shadow'])
  return rows.map(({ table, part, kind }) => {
    const what = part === '' ? table : `${part} of ${table}`
    return `${what} ${sentences[kind]}`
  })
}
