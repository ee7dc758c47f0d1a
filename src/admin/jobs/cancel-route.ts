/** `DELETE /jobs/{id}`: cancels a job, on whichever server it runs. */

import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../../platform/http/app.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { actorHeaders, actorOf } from '../actor.ts'
import { refuseCancel, requestCancel } from './cancel.ts'
import { readProgress } from './progress.ts'
import { endOfJob } from './queries.ts'
import { existingJob, jobParams } from './routes.ts'
import { jobShape, toItem } from './shapes.ts'

/** How long the response waits for the end of the job, ms. Its server looks twice a second. */
const waitMs = 5_000
const lookMs = 100

const schema = {
  operationId: 'cancelJob',
  tags: ['jobs'],
  summary: 'Cancel a job',
  description:
    'Cancels a verification, or a rebuild until it replaces rows, on any server. A rebuild that replaces rows, and jobs ' +
    'that demote, retire or erase, cannot be cancelled. To cancel a job of the command line, stop the command. The ' +
    'tables that a rebuild has finished stay rebuilt. The copy for `sinceLast` is lost, so the next verification ' +
    'replays the whole log. The response waits up to five seconds for the job to end.',
  headers: actorHeaders,
  params: jobParams,
  response: { 200: jobShape },
}

/** Adds it. */
export function cancelRoute(app: App, pool: Queryable): void {
  const config = { open: true, problems: ['unavailable', 'not_found', 'conflict'] } as const
  app.delete('/jobs/:id', { schema, config }, async (request) => {
    const actor = actorOf(request)
    const { id } = request.params
    const job = await existingJob(pool, id)
    if (job.state !== 'running' || !(await requestCancel(pool, id, actor))) {
      const detail = await whyNot(pool, id)
      await refuseCancel(pool, id, actor, detail)
      throw new Problem('conflict', { detail })
    }
    const hasEnded = endOfJob()
    for (const until = performance.now() + waitMs; ; await pause(lookMs)) {
      const now = await existingJob(pool, id)
      if (hasEnded(now) || performance.now() > until) return toItem(now)
    }
  })
}

async function whyNot(pool: Queryable, id: string): Promise<string> {
  const { state } = await existingJob(pool, id)
  if (state !== 'running') return `The job has ended already: ${state}.`
  if (!(await readProgress(pool, [id])).has(id)) {
    return 'A command runs this job. Stop it by Ctrl-C where it runs.'
  }
  return 'The job changes live tables now, so it cannot be cancelled. It ends by itself.'
}
