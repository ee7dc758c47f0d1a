/** Jobs as any server sees them: acts of certain kinds, with their state and what they reported. */

import type { Queryable } from '../../platform/postgres/prepared.ts'
import { type Act, findAct, listActs, type Outcome } from '../acts/acts.ts'
import { livingJobs } from './job-lock.ts'
import { type JobKind, jobKinds } from './kinds.ts'
import { type JobProgress, readProgress } from './progress.ts'

/** `lost`: it died with its server. What it had committed stays, and the same job can run again. */
export type JobState = 'running' | 'lost' | Outcome

export interface Job extends Act, JobProgress {
  readonly state: JobState
}

/** What an operator reads of a job that left no result. */
const lost =
  'Its server or command died, or lost the database. What the job had committed stays. Start the same job again.'

export interface JobLine {
  readonly line: number
  readonly at: Date
  readonly text: string
}

/** Jobs, the last one first, before an id. */
export async function listJobs(
  on: Queryable,
  page: { readonly before?: string | undefined; readonly limit: number },
): Promise<Job[]> {
  return withStates(on, await listActs(on, page, jobKinds))
}

/** One job; undefined where none has the id. */
export async function findJob(on: Queryable, id: string): Promise<Job | undefined> {
  const act = await findAct(on, id)
  if (!act || !jobKinds.includes(act.act as JobKind)) return undefined
  return (await withStates(on, [act]))[0]
}

/**
 * The locks are read after the acts, because a job holds its lock before its act is committed. A job that ended between
 * the two has no lock and a result by then, so its act is read again.
 */
async function withStates(on: Queryable, acts: readonly Act[]): Promise<Job[]> {
  const lives = await livingJobs(on)
  const progress = await readProgress(
    on,
    acts.map(({ id }) => id),
  )
  const jobs: Job[] = []
  for (const act of acts) {
    const isOpen = act.outcome === null && !lives(act.id)
    const last = isOpen ? ((await findAct(on, act.id)) ?? act) : act
    const state = last.outcome ?? (isOpen ? 'lost' : 'running')
    const { progress: part = null, isCancellable = false } = progress.get(act.id) ?? {}
    jobs.push({
      ...{ ...last, state, progress: part },
      ...{ isCancellable: isCancellable && state === 'running' },
      ...(state === 'lost' && { detail: lost }),
    })
  }
  return jobs
}

/** How long a job must look lost, ms: it does between the loss of its connection and the record of its result. */
const lostMs = 3_000

/** Watches one job; the function returns whether it has ended. */
export function endOfJob(now = () => performance.now()): (job: Job) => boolean {
  let lostSince: number | undefined
  return ({ state }) => {
    if (state !== 'lost') return state !== 'running'
    lostSince ??= now()
    return now() - lostSince > lostMs
  }
}

/** What a job reported after a line, in order: 1,000 lines at most. */
export async function listJobLines(on: Queryable, id: string, after: number): Promise<JobLine[]> {
  const { rows } = await on.query<JobLine>(
    `select line, at, text from work.job_lines where act_id = $1 and line > $2 order by line limit 1000`,
    [id, after],
  )
  return rows
}

/** Records a line of a job. */
export async function addJobLine(
  on: Queryable,
  id: string,
  line: number,
  text: string,
): Promise<void> {
  await on.query('insert into work.job_lines (act_id, line, text) values ($1, $2, $3)', [
    id,
    line,
    text,
  ])
}
