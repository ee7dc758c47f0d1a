/** Follows the job that erases a user, line by line, into the state. */

import type { Api } from './api.ts'
import { followJob } from './job-frames.ts'
import type { Erasure, Schemas, Store } from './state.ts'

/** Shows the progress of a job until it has ended or its view is left. */
export function followErasure(store: Store, api: Api, job: Schemas['Job']): void {
  const { id, actor } = job
  const begun: Erasure = {
    ...{ id, actor, userId: String(job.arguments.userId), lines: [], ended: undefined },
  }
  store.set({ erasure: begun })
  const isWanted = () => store.get().erasure?.id === id
  const change = (next: (erasure: Erasure) => Partial<Erasure>) => {
    const { erasure } = store.get()
    if (erasure?.id === id) store.set({ erasure: { ...erasure, ...next(erasure) } })
  }
  void followJob(api, id, {
    isWanted,
    line: (text) => change(({ lines }) => ({ lines: [...lines, text] })),
    ended: (last) => change(() => ({ ended: last })),
  })
}
