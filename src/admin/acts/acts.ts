/**
 * Acts: what operators ask for on the admin port and on the command line, in `work.acts`, and what became of it, in
 * `work.act_results`.
 *
 * Promises that an act is recorded before it begins, or as soon as an install has created the list. If the server or the
 * command dies before it is finished, the list shows an act without a result.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'

export interface NewAct {
  /** The name of the operator. */
  readonly actor: string
  readonly act: string
  /** The id of the user, report or event, the name of the table or webhook, or `reports` for a list of them. */
  readonly subject?: string | undefined
  /** Without personal data. */
  readonly arguments?: object | undefined
}

/**
 * `done`; `refused` by a rule, which changed nothing; `failed` by an error; `stopped` with its server; `cancelled` by an
 * operator. Null while it runs, and for good where its server died.
 */
export type Outcome = 'done' | 'refused' | 'failed' | 'stopped' | 'cancelled'

export interface Act {
  readonly id: string
  readonly at: Date
  readonly actor: string
  readonly act: string
  readonly subject: string | null
  readonly arguments: object
  readonly outcome: Outcome | null
  readonly detail: string | null
  readonly result: unknown
  readonly endedAt: Date | null
}

export interface Result {
  readonly outcome: Outcome
  readonly detail?: string | undefined
  readonly result?: unknown
}

/** Records an act that is about to begin, and returns its id. */
export async function beginAct(on: Queryable, { actor, act, ...more }: NewAct): Promise<string> {
  const { rows } = await on.query<{ id: string }>(
    'insert into work.acts (actor, act, subject, arguments) values ($1, $2, $3, $4) returning id',
    [actor, act, more.subject ?? null, JSON.stringify(more.arguments ?? {})],
  )
  return rows[0]?.id ?? ''
}

/** Records what became of an act. A second result of the same act changes nothing. */
export async function endAct(
  on: Queryable,
  id: string,
  { outcome, detail, result }: Result,
): Promise<void> {
  await on.query(
    `insert into work.act_results (act_id, outcome, detail, result) values ($1, $2, $3, $4)
     on conflict on constraint act_results_pkey do nothing`,
    [id, outcome, detail?.replaceAll('\0', '') ?? null, JSON.stringify(result ?? null)],
  )
}

const columns = `a.id, a.at, a.actor, a.act, a.subject, a.arguments, r.outcome, r.detail, r.result, r.at as "endedAt"`
const joined = 'work.acts a left join work.act_results r on r.act_id = a.id'

/** Acts, the last one first, before an id. `acts` are the names of those wanted. */
export async function listActs(
  on: Queryable,
  page: { readonly before?: string | undefined; readonly limit: number },
  acts?: readonly string[],
): Promise<Act[]> {
  const { rows } = await on.query<Act>(
    `select ${columns} from ${joined}
     where ($1::bigint is null or a.id < $1) and ($2::text[] is null or a.act = any ($2))
     order by a.id desc limit $3`,
    [page.before ?? null, acts ?? null, page.limit],
  )
  return rows
}

/** One act; undefined where none has the id. */
export async function findAct(on: Queryable, id: string): Promise<Act | undefined> {
  const { rows } = await on.query<Act>(`select ${columns} from ${joined} where a.id = $1`, [id])
  return rows[0]
}
