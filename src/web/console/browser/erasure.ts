/** Follows the job that erases a user, line by line, into the state. */

import type { Api } from './api.ts'
import { type JobListener, readJobFrames } from './job-frames.ts'
import type { Erasure, Schemas, Store } from './state.ts'

/** After a lost connection, ms. */
const pauseMs = 2_000

/**
 * Shows the progress of a job until it has ended or its view is left. A lost connection is opened again, and no line is
 * missed or comes twice. Never rejects.
 */
export async function followErasure(store: Store, api: Api, job: Schemas['Job']): Promise<void> {
  const { id, actor } = job
  const userId = String(job.arguments.userId)
  store.set({ erasure: { id, actor, userId, lines: [], ended: undefined } })
  const over = new AbortController()
  const change = (next: (erasure: Erasure) => Partial<Erasure>) => {
    const { erasure } = store.get()
    if (erasure?.id === id) store.set({ erasure: { ...erasure, ...next(erasure) } })
    else over.abort()
  }
  let after = 0
  const listener: JobListener = {
    line: ({ line, text }) => {
      after = line
      change(({ lines }) => ({ lines: [...lines, text] }))
    },
    ended: (ended) => {
      change(() => ({ ended }))
      over.abort()
    },
  }
  while (!over.signal.aborted && store.get().erasure?.id === id) {
    // The view reads the rest of its page again and again, and reports why that fails.
    await readJobFrames(api, { id, after, signal: over.signal }, listener).catch(() => undefined)
    if (!over.signal.aborted) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
