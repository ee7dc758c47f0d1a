/** How far jobs are, and whether they can be cancelled now: `work.job_progress`. */

import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Unit } from '../../platform/read-models/rebuild/watch.ts'

export interface Progress {
  readonly done: number
  readonly total: number
  readonly unit: Unit
}

export interface JobProgress {
  /** Of the step that runs; null where the job cannot count it. */
  readonly progress: Progress | null
  readonly isCancellable: boolean
}

/** Records that a job has begun, and whether it can be cancelled. */
export async function beginProgress(
  on: Queryable,
  id: string,
  isCancellable: boolean,
): Promise<void> {
  const text = 'insert into work.job_progress (act_id, cancellable) values ($1, $2)'
  await on.query(text, [id, isCancellable])
}

export async function setProgress(
  on: Queryable,
  id: string,
  { done, total, unit }: Progress,
): Promise<void> {
  const text = 'update work.job_progress set done = $2, total = $3, unit = $4 where act_id = $1'
  await on.query(text, [id, done, total, unit])
}

/** Waits for an operator who is cancelling the job. */
export async function setCancellable(
  on: Queryable,
  id: string,
  isCancellable: boolean,
): Promise<void> {
  const text = 'update work.job_progress set cancellable = $2 where act_id = $1'
  await on.query(text, [id, isCancellable])
}

/** The progress of those jobs that have one, by id. */
export async function readProgress(
  on: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, JobProgress>> {
  const { rows } = await on.query<Progress & { id: string; cancellable: boolean }>(
    `select act_id as id, done::float8, total::float8, unit, cancellable
     from work.job_progress where act_id = any ($1)`,
    [ids],
  )
  return new Map(
    rows.map(({ id, done, total, unit, cancellable }) => [
      id,
      {
        progress: unit === null ? null : { done, total, unit },
        isCancellable: cancellable,
      },
    ]),
  )
}
