/**
 * Repair: makes the tables again as install made them, where a session changed them by hand. Each repair is one
 * or two short transactions of its own. Unique indexes are built beside writers first, and rows are checked
 * against constraints beside them afterwards.
 */

import { type ClientBase, DatabaseError } from 'pg'
import {
  type Deviation,
  describeDeviation,
  findDeviations,
  stopsProjections,
} from '../deviations.ts'
import { InstallError } from '../errors.ts'
import { relationExists } from '../tables.ts'
import { shortTransaction } from '../transactions.ts'

type Say = (line: string) => void

/**
 * Repairs all deviations, except keys to tables that are missing. Throws InstallError where rows do not satisfy a
 * constraint that was missing.
 */
export async function repairDeviations(client: ClientBase, say: Say): Promise<void> {
  const deviations = await findDeviations(client)
  // What was added comes first, because it can have the name of something that is missing.
  const isAdded = ({ change }: Deviation) => change === 'added'
  for (const deviation of [
    ...deviations.filter(isAdded),
    ...deviations.filter((each) => !isAdded(each)),
  ]) {
    const referred = referredBy(deviation)
    if (referred && !(await relationExists(client, referred))) continue
    const found = describeDeviation(deviation)
    try {
      await repair(client, deviation, say)
    } catch (error) {
      // Class 23: the rows violate it; 2BP01: something else depends on what was added.
      if (!(error instanceof DatabaseError) || !/^23|^2BP01/.test(error.code ?? '')) throw error
      throw new InstallError(
        `${found}, and cannot be repaired: ${error.detail ?? error.message}; correct that first: a read ` +
          'table can be dropped by hand, and install restores it from the log',
        { cause: error },
      )
    }
    const lost = '; events since then may be missing in read tables: run `epistle verify`'
    say(`repaired: ${found}${stopsProjections(deviation) ? lost : ''}`)
  }
}

async function repair(client: ClientBase, deviation: Deviation, say: Say): Promise<void> {
  const { relation, kind, change, definition } = deviation
  const drops = change === 'missing' ? [] : dropStatements(client, deviation)
  const isUnique = /add constraint .* (UNIQUE|PRIMARY KEY) \(/.test(definition ?? '')
  if (definition && (kind === 'index' || isUnique)) {
    await buildBeside(client, deviation, drops, say)
  } else if (definition && /add constraint .*? (CHECK|FOREIGN KEY) \(/.test(definition)) {
    await addUnvalidated(client, deviation, drops, say)
  } else {
    const rights = kind === 'function' ? ['call engine.grant_rights()'] : []
    const statements = [...drops, ...(definition ? [definition] : []), ...rights]
    await shortTransaction(client, async () => ({ tables: [relation], statements }), { say })
  }
}

/** The table that a foreign key leads to, as it is written in the definition. */
function referredBy({ definition }: Deviation): string | undefined {
  return / FOREIGN KEY .* REFERENCES ([^(]+)\(/.exec(definition ?? '')?.[1]
}

/**
 * Adds a constraint that only new rows must satisfy, then checks the others, which blocks no writer. Killed in
 * between, it leaves a constraint that differs, so the next install does both again.
 */
async function addUnvalidated(
  client: ClientBase,
  deviation: Deviation,
  drops: readonly string[],
  say: Say,
): Promise<void> {
  const { relation, name, definition } = deviation
  const tables = [relation, referredBy(deviation) ?? relation]
  const add = `${definition}`.replace(/( NOT VALID)?$/, ' not valid')
  await shortTransaction(client, async () => ({ tables, statements: [...drops, add] }), { say })
  const statements = [
    `alter table ${relation} validate constraint ${client.escapeIdentifier(name)}`,
  ]
  await shortTransaction(client, async () => ({ tables, statements }), { say })
}

/** The name of an index while it is built; an install that was killed can leave it behind, not valid. */
const drafted = 'epistle_repair'

/**
 * Builds a unique index while writers go on, then puts it in its place in a short transaction. An index of its
 * name that is not valid gives way.
 */
async function buildBeside(
  client: ClientBase,
  { kind, relation, name, definition, change }: Deviation,
  drops: readonly string[],
  say: Say,
): Promise<void> {
  const quoted = client.escapeIdentifier(name)
  const [schema] = relation.split('.')
  const [, type, rest] = /(UNIQUE|PRIMARY KEY) (\(.*)$/.exec(definition ?? '') ?? []
  const build = `create unique index concurrently ${drafted} on`
  const dropDraft = `drop index concurrently if exists ${schema}.${drafted}`
  await client.query(dropDraft)
  if (change === 'missing') {
    await client.query(`drop index concurrently if exists ${schema}.${quoted}`)
  }
  say(`building ${name} of ${relation} again, beside writers`)
  try {
    await client.query(
      kind === 'index'
        ? `${definition}`.replace(/^CREATE UNIQUE INDEX ("([^"]|"")+"|\S+) ON/, build)
        : `${build} ${relation} ${rest}`,
    )
  } catch (error) {
    await client.query(dropDraft)
    throw error
  }
  const place =
    kind === 'index'
      ? `alter index ${schema}.${drafted} rename to ${quoted}`
      : `alter table ${relation} add constraint ${quoted} ${type} using index ${drafted}`
  const ending = { tables: [relation], statements: [...drops, place] }
  await shortTransaction(client, async () => ending, { say })
}

/** The statement that drops what is in the place of the object. A function is replaced, because a trigger uses it. */
function dropStatements(client: ClientBase, { kind, relation, name }: Deviation): string[] {
  if (kind === 'function') return []
  const quoted = client.escapeIdentifier(name)
  const statement = {
    trigger: `drop trigger ${quoted} on ${relation}`,
    rule: `drop rule ${quoted} on ${relation}`,
    constraint: `alter table ${relation} drop constraint ${quoted}`,
    index: `drop index ${relation.split('.')[0]}.${quoted}`,
    child: `alter table ${name} no inherit ${relation}`,
    security: `alter table ${relation} disable row level security, no force row level security`,
  }[kind]
  return [statement]
}
