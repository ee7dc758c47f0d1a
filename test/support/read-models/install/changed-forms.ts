// Gives the functions of a database other forms, as an older machinery could have left them: other names of
// parameters, another result, or one parameter more with a default, which makes every call ambiguous.
import { type ClientBase, DatabaseError } from 'pg'

/** Changes every function of the machinery, and the generated ones with parameters; returns how many. */
export async function changeForms(db: ClientBase): Promise<number> {
  const { rows } = await db.query<{ routine: string; definition: string; inputs: string[] }>(
    `select p.oid::regprocedure::text as routine, pg_get_functiondef(p.oid) as definition,
       coalesce(p.proargnames[1:p.pronargs], '{}') as inputs
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('log', 'engine', 'read', 'work', 'limits') and p.prorettype <> 'trigger'::regtype
       -- Functions of releases are no part of the machinery.
       and p.proname !~ '_(on|ignores|expects|accepts)$|^[a-z_]+_[0-9]+$'
     order by 1`,
  )
  await db.query('begin; set local check_function_bodies = off')
  for (const [n, { routine, definition, inputs }] of rows.entries()) {
    await db.query('savepoint form')
    try {
      await db.query(`drop routine ${routine}`)
    } catch (error) {
      // A default of a column uses it, so it stays beside its other form.
      if (!(error instanceof DatabaseError) || error.code !== '2BP01') throw error
      await db.query('rollback to form')
      await db.query(withParameter(definition))
      continue
    }
    await db.query(
      n % 2 === 0 && inputs.length > 0 ? renamed(definition, inputs) : withParameter(definition),
    )
  }
  await db.query('commit')
  return rows.length
}

function renamed(definition: string, inputs: readonly string[]): string {
  return inputs.reduce(
    (text, name) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${name}_x`),
    definition,
  )
}

/** The definition with one parameter more, before the end of the first list in parentheses. */
function withParameter(definition: string): string {
  const open = definition.indexOf('(')
  let depth = 0
  let close = open
  for (; close < definition.length; close += 1) {
    if (definition[close] === '(') depth += 1
    if (definition[close] === ')') depth -= 1
    if (depth === 0) break
  }
  const list = definition.slice(open + 1, close)
  const added = `${list === '' ? '' : `${list}, `}another integer default 0`
  return `${definition.slice(0, open + 1)}${added}${definition.slice(close)}`
}
