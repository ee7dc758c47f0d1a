/**
 * Runs the texts of the machinery over whatever forms of its functions an older version left. A function
 * of another form is dropped: `create or replace` would refuse it, or leave it beside the new one, and then
 * a call would be ambiguous.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { InstallError } from '../errors.ts'

/** Runs the texts, in the caller's transaction. Throws InstallError where something uses an old form. */
export async function runTexts(client: ClientBase, texts: readonly string[]): Promise<void> {
  // Until the old forms are gone, a body can contain an ambiguous call.
  await client.query('set local check_function_bodies = off')
  const names = texts.flatMap(definedIn)
  const before = await formsOf(client, names)
  for (const { routine, kind, name } of before) {
    if (!names.some((each) => each.name === name && each.kind === kind)) await drop(client, routine)
  }
  for (const text of texts) await run(client, text)
  const untouched = new Set(before.map(({ version }) => version))
  for (const { routine, version } of await formsOf(client, names)) {
    if (untouched.has(version)) await drop(client, routine)
  }
  await client.query('set local check_function_bodies = on')
}

interface Defined {
  /** With its schema. */
  readonly name: string
  readonly kind: string
}

/** The functions and procedures that a text defines. */
function definedIn(text: string): Defined[] {
  const definitions = text.matchAll(/^create or replace (function|procedure) (\w+\.\w+)\s*\(/gm)
  return [...definitions].map(([, kind = '', name = '']) => ({ name, kind }))
}

interface Form extends Defined {
  readonly routine: string
  /** Changes whenever the function is created or replaced. */
  readonly version: string
}

/**
 * The forms of these functions in the database, and what is left in schema engine, which belongs to the
 * machinery alone.
 */
async function formsOf(client: ClientBase, names: readonly Defined[]): Promise<Form[]> {
  const { rows } = await client.query<Form>(
    `select p.oid::regprocedure::text as routine, f.name,
       case p.prokind when 'p' then 'procedure' else 'function' end as kind,
       concat_ws(' ', p.oid, p.xmin, p.ctid) as version
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     cross join lateral (select format('%s.%s', n.nspname, p.proname) as name) f
     where f.name = any ($1) or n.nspname = 'engine'`,
    [names.map(({ name }) => name)],
  )
  return rows
}

/** Runs one text; drops each function in its way that has other parameters or another result. */
async function run(client: ClientBase, text: string): Promise<void> {
  await client.query('savepoint machinery')
  try {
    await client.query(text)
  } catch (error) {
    const routine = inTheWay(error)
    if (!routine) throw error
    await client.query('rollback to savepoint machinery')
    await drop(client, routine)
    await run(client, text)
  }
  await client.query('release savepoint machinery')
}

/** In every language, the hint of invalid_function_definition (42P13) contains the statement to use. */
function inTheWay(error: unknown): string | undefined {
  if (!(error instanceof DatabaseError) || error.code !== '42P13') return undefined
  return /DROP (?:FUNCTION|PROCEDURE|ROUTINE) (.+\))/.exec(error.hint ?? '')?.[1]
}

async function drop(client: ClientBase, routine: string): Promise<void> {
  try {
    await client.query(`drop routine ${routine}`)
  } catch (error) {
    // dependent_objects_still_exist
    if (!(error instanceof DatabaseError) || error.code !== '2BP01') throw error
    throw new InstallError(
      `${routine} has an old form and must be dropped, but ${error.detail?.replaceAll('\n', ', ')}; drop ` +
        'that first',
      { cause: error },
    )
  }
}
