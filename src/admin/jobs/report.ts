/**
 * What a job reports while it runs: lines, how far it is, and whether it can be cancelled. All of it is written to the
 * database, one after the other, so every server can show it.
 */

import type { FastifyBaseLogger } from 'fastify'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Unit, Watch } from '../../platform/read-models/rebuild/watch.ts'
import { maskAddresses } from '../tasks/mask-addresses.ts'
import { type Progress, setCancellable, setProgress } from './progress.ts'
import { addJobLine } from './queries.ts'

/** How often progress is written at most, ms: as often as those who follow a job look. */
const everyMs = 300

interface ReportOptions {
  readonly pool: Queryable
  readonly log: FastifyBaseLogger
  readonly id: string
  /** Called before rows are replaced, once every server sees that the job cannot be cancelled. May throw. */
  readonly onReplacing: () => Promise<void>
  readonly onReplaced: () => void
}

/** The report of one job. */
export class JobReport implements Watch {
  readonly #options: ReportOptions
  #lines = 0
  #progress: Progress | undefined
  #wroteAt = Number.NEGATIVE_INFINITY
  #last: Promise<void> = Promise.resolve()

  constructor(options: ReportOptions) {
    this.#options = options
  }

  readonly say = (text: string): void => {
    const { pool, id } = this.#options
    this.#lines += 1
    const line = this.#lines
    this.#enqueue('a line of a job is lost', () =>
      addJobLine(pool, id, line, withoutPersonal(text)),
    )
  }

  progress(done: number, total: number, unit: Unit): void {
    this.#progress = { done, total, unit }
    const now = performance.now()
    if (now - this.#wroteAt < everyMs && done < total) return
    this.#wroteAt = now
    this.#writeProgress()
  }

  async beginReplacing(): Promise<void> {
    const { pool, id, onReplacing } = this.#options
    await this.#last
    await setCancellable(pool, id, false)
    await onReplacing()
  }

  async endReplacing(): Promise<void> {
    const { pool, id, onReplaced } = this.#options
    onReplaced()
    await this.#last
    await setCancellable(pool, id, true)
  }

  /** Resolves when everything is written. */
  written(): Promise<void> {
    this.#writeProgress()
    return this.#last
  }

  #writeProgress(): void {
    const { pool, id } = this.#options
    const progress = this.#progress
    this.#progress = undefined
    if (progress)
      this.#enqueue('the progress of a job is lost', () => setProgress(pool, id, progress))
  }

  #enqueue(trouble: string, write: () => Promise<void>): void {
    const { log, id } = this.#options
    this.#last = this.#last.then(write).catch((err: unknown) => log.warn({ err, job: id }, trouble))
  }
}

/** Messages of PostgreSQL quote the values of keys: `Key (email)=(ada@example.com) already exists.` */
export function withoutPersonal(text: string): string {
  return maskAddresses(text.replace(/=\([^\n]*\)/g, '=(…)')) ?? ''
}
