/**
 * Cancels jobs: what reads or copies can end at any time, and what changes a live table is never left half done.
 *
 * The act of the operator is the request, so it is in the audit list before the job ends. The server of the job, which
 * can be another one, looks for such acts. A job that is about to change rows first takes back that it can be
 * cancelled, which waits for a request that is being recorded, and then looks once more. So no request that was
 * accepted is ignored, and none is accepted afterwards.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'

const act = 'cancel_job'

/** Records that an operator cancels a job; returns false where the job cannot be cancelled now. */
export async function requestCancel(on: Queryable, id: string, actor: string): Promise<boolean> {
  const { rows } = await on.query(
    `with job as (select from work.job_progress where act_id = $1 and cancellable for update),
       asked as (
         insert into work.acts (actor, act, subject) select $2, '${act}', $1::text
         where exists (select from job) returning id)
     insert into work.act_results (act_id, outcome) select id, 'done' from asked returning act_id`,
    [id, actor],
  )
  return rows.length > 0
}

/** Records that an operator could not cancel a job. */
export async function refuseCancel(
  on: Queryable,
  id: string,
  actor: string,
  detail: string,
): Promise<void> {
  await on.query(
    `with asked as (
       insert into work.acts (actor, act, subject) values ($2, '${act}', $1::text) returning id)
     insert into work.act_results (act_id, outcome, detail) select id, 'refused', $3 from asked`,
    [id, actor, detail],
  )
}

/** The operator who has cancelled a job; undefined where it was not cancelled. */
export async function cancelledBy(on: Queryable, id: string): Promise<string | undefined> {
  const { rows } = await on.query<{ actor: string }>(
    `select a.actor from work.acts a join work.act_results r on r.act_id = a.id and r.outcome = 'done'
     where a.act = '${act}' and a.id > $1::bigint and a.subject = $1::text order by a.id limit 1`,
    [id],
  )
  return rows[0]?.actor
}
