/**
 * Repair: makes the tables again as install made them, where a session changed them by hand. Each repair is a
 * short transaction of its own; unique indexes are built beside writers first.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { type Deviation, describeDeviation, findDeviations } from '../deviations.ts'
import { InstallError } from '../errors.ts'
import { shortTransaction } from '../transactions.ts'

/** Repairs all deviations. Throws InstallError where rows do not satisfy a constraint that was missing. */
export async function repairDeviations(
  client: ClientBase,
  say: (line: string) => void,
): Promise<void> {
  for (const deviation of await findDeviations(client)) {
    const found = describeDeviation(deviation)
    try {
      await repair(client, deviation)
    } catch (error) {
      // Class 23: the rows violate it; 2BP01: something else depends on what was added.
      if (!(error instanceof DatabaseError) || !/^23|^2BP01/.test(error.code ?? '')) throw error
      throw new InstallError(
        `${found}, and cannot be repaired: ${error.detail ?? error.message}; correct that first: a read ` +
          'table can be dropped by hand, and install restores it from the log',
        { cause: error },
      )
    }
    say(`repaired: ${found}`)
  }
}

async function repair(client: ClientBase, deviation: Deviation): Promise<void> {
  const { relation, kind, change } = deviation
  const drops = change === 'missing' ? [] : [dropStatement(client, deviation)]
  const isUnique = /add constraint .* (UNIQUE|PRIMARY KEY) \(/.test(deviation.definition ?? '')
  if (change === 'missing' && (kind === 'index' || isUnique)) await buildBeside(client, deviation)
  else {
    const statements = [...drops, ...(deviation.definition ? [deviation.definition] : [])]
    await shortTransaction(client, async () => ({ tables: [relation], statements }))
  }
}

/** Builds a unique index while writers go on, then makes it the constraint's in a short transaction. */
async function buildBeside(client: ClientBase, deviation: Deviation): Promise<void> {
  const { kind, relation, name, definition } = deviation
  const quoted = client.escapeIdentifier(name)
  const [, type, rest] = /(UNIQUE|PRIMARY KEY) (\(.*)$/.exec(definition ?? '') ?? []
  const index = `${relation.split('.')[0]}.${quoted}`
  try {
    await client.query(
      kind === 'index'
        ? `${definition}`.replace('UNIQUE INDEX', 'UNIQUE INDEX CONCURRENTLY')
        : `create unique index concurrently ${quoted} on ${relation} ${rest}`,
    )
  } catch (error) {
    await client.query(`drop index if exists ${index}`)
    throw error
  }
  if (kind === 'index') return
  await shortTransaction(client, async () => ({
    tables: [relation],
    statements: [`alter table ${relation} add constraint ${quoted} ${type} using index ${quoted}`],
  }))
}

function dropStatement(client: ClientBase, { kind, relation, name }: Deviation): string {
  const quoted = client.escapeIdentifier(name)
  return {
    trigger: `drop trigger ${quoted} on ${relation}`,
    rule: `drop rule ${quoted} on ${relation}`,
    constraint: `alter table ${relation} drop constraint ${quoted}`,
    index: `drop index ${relation.split('.')[0]}.${quoted}`,
    child: `alter table ${name} no inherit ${relation}`,
    security: `alter table ${relation} disable row level security, no force row level security`,
  }[kind]
}
