/**
 * Follows the job of the address: its lines as server-sent events, and then its result. A connection that is lost is
 * opened again after the last line, with the next reading of the view.
 */

import { type Api, dataOf } from './api.ts'
import { type JobListener, readJobFrames } from './job-frames.ts'
import type { FollowedJob, Store } from './state.ts'

/**
 * Returns a function that follows a job, for as long as it is called with the same id. `onEnd` is called when a job ends
 * that was seen running.
 */
export function jobFollower(
  store: Store,
  api: Api,
  onEnd: () => void,
): (id: string | undefined) => void {
  let current: { readonly id: string | undefined; readonly run: AbortController } | undefined
  return (id) => {
    const { followed } = store.get().tables
    const hasEnded = followed?.id === id && followed?.job && followed.job.state !== 'running'
    if (current?.id === id || (hasEnded && !current)) return
    current?.run.abort()
    current = undefined
    if (id === undefined) return
    const mine = { id, run: new AbortController() }
    current = mine
    void new Following(store, api, id, mine.run.signal).run(onEnd).finally(() => {
      if (current === mine) current = undefined
    })
  }
}

class Following {
  readonly #store: Store
  readonly #api: Api
  readonly #id: string
  readonly #signal: AbortSignal

  constructor(store: Store, api: Api, id: string, signal: AbortSignal) {
    this.#store = store
    this.#api = api
    this.#id = id
    this.#signal = signal
  }

  /** Until the job ends, or the connection. Never rejects. */
  async run(onEnd: () => void): Promise<void> {
    const params = { path: { id: this.#id } }
    try {
      const job = await dataOf(this.#api.GET('/jobs/{id}', { params, signal: this.#signal }))
      this.#show({ job })
      const after = this.#known().lines.at(-1)?.line ?? 0
      const stream = { id: this.#id, after, signal: this.#signal }
      await readJobFrames(this.#api, stream, this.#listener())
      if (job.state === 'running' && !this.#signal.aborted) onEnd()
    } catch (error) {
      this.#show({ failure: error instanceof Error ? error.message : String(error) })
    }
  }

  #listener(): JobListener {
    return {
      line: (line) => this.#show({ lines: [...this.#known().lines, line] }),
      progress: (progress) => {
        const { job } = this.#known()
        if (job) this.#show({ job: { ...job, ...progress } })
      },
      ended: (job) => this.#show({ job }),
      interrupted: ({ detail }) => this.#show({ failure: detail }),
    }
  }

  #known(): FollowedJob {
    const { followed } = this.#store.get().tables
    return followed?.id === this.#id ? followed : { id: this.#id, lines: [] }
  }

  #show(values: Partial<FollowedJob>): void {
    if (this.#signal.aborted) return
    const { failure: _, ...known } = this.#known()
    this.#store.set({ tables: { ...this.#store.get().tables, followed: { ...known, ...values } } })
  }
}
