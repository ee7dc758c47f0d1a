/**
 * Reads what the current view shows, again and again, while its tab is visible. A view that is left, or a tab that is
 * hidden, breaks off the reading; its result would belong to another view.
 */

import { type Api, operator, TokenNeeded } from './api.ts'
import { jobFollower } from './follow-job.ts'
import { read } from './readings.ts'
import { noPeople, type Store } from './state.ts'

/** Between the end of a reading and the next one, ms. */
const interval = 2_000

/** Starts. Returns a function that reads at once. */
export function keepReading(store: Store, api: Api): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let run = new AbortController()
  const follow = jobFollower(store, api, () => void readNow())
  const readNow = async () => {
    clearTimeout(timer)
    run.abort()
    run = new AbortController()
    const { signal } = run
    const { route } = store.get()
    follow(route.view === 'tables' && !document.hidden ? route.job : undefined)
    if (document.hidden) return
    try {
      await read(store, api, signal)
      if (signal.aborted) return
      store.set({ failure: undefined, readAt: new Date(), token: 'enough' })
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof TokenNeeded) return askForToken(store)
      const failure = error instanceof Error ? error.message : String(error)
      store.set({ failure, token: 'enough' })
    }
    timer = setTimeout(readNow, interval)
  }
  document.addEventListener('visibilitychange', () => {
    store.set({ isHidden: document.hidden })
    void readNow()
  })
  return () => void readNow()
}

/**
 * What was read goes, and so do the name and what was asked for under it: the next operator may be another one, in whose
 * name no one has asked for personal data.
 */
function askForToken(store: Store): void {
  const token = operator.hasToken() ? 'refused' : 'needed'
  operator.forgetToken()
  operator.keepName('')
  store.set({
    ...{ token, statuses: [], matrix: undefined, matrixOf: undefined, log: undefined },
    ...{ details: undefined, stream: undefined, statistics: undefined, tasks: undefined },
    ...{ tables: {}, failure: undefined, notice: undefined, ...noPeople },
    ...{ compared: undefined, moment: undefined, shown: undefined, sliding: undefined },
  })
}
