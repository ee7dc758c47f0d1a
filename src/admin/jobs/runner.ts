/**
 * Runs the jobs of a process, each on a connection of the database's owner, which it holds for as long as it takes.
 *
 * Promises that a job is recorded, with its operator, before it begins, and its result after it has ended, also when the
 * database is away for a while then. A stop of the process and an operator who cancels end a job by ending its
 * connection; `MaintenanceError` and the like are refusals. What a job has committed stays, and every kind of job can
 * be run again.
 */

import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Client, ClientBase, Pool } from 'pg'
import { abandon, withConnection } from '../../command-connection.ts'
import { explain } from '../../explain-error.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { inTime } from '../../platform/in-time.ts'
import { connections, countUntilEnd } from '../../platform/metrics/measurements.ts'
import { untilConfirmed } from '../../platform/postgres/confirmed-commits.ts'
import { noticeDeath } from '../../platform/postgres/notice-death.ts'
import type { Sockets } from '../../platform/postgres/sockets.ts'
import { endAct, type NewAct, type Result } from '../acts/acts.ts'
import { cancelledBy } from './cancel.ts'
import { isCancellable, type JobKind, type Work } from './kinds.ts'
import { requireOwner, requireSameDatabase, whyNotStarted } from './owner.ts'
import { beginProgress } from './progress.ts'
import { beginJob, failureOf } from './record-job.ts'
import { JobReport } from './report.ts'

export interface NewJob extends NewAct {
  readonly act: JobKind
  readonly work: Work
}

interface RunnerOptions {
  /** Under the service role. */
  readonly pool: Pool
  readonly ownerUrl: string
  /** Those that are destroyed when the process loses its leases: connections can be dead then without an error. */
  readonly sockets: Sockets
  readonly log: FastifyBaseLogger
}

/** Each holds a connection, and most of them wait for each other. */
const maxRunning = 4
/** How often a job looks whether an operator has cancelled it, ms. */
const lookMs = 500
/** How long the result of a job is kept for a database that is away, such as during a failover. */
const recordAttempts = 60
const recordPauseMs = 1_000
/** How long a stop waits for the database to end a job, ms. */
const stopMs = 5_000

interface Running {
  process: number | undefined
  socket: Socket | undefined
  /** Whether it changes rows now, so that it is not cancelled. */
  isReplacing: boolean
  /** The operator who cancelled it. */
  cancelledBy: string | undefined
  readonly done: Promise<void>
}

export class JobRunner {
  readonly #options: RunnerOptions
  readonly #running = new Set<Running>()
  #isClosing = false

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /**
   * Starts a job and returns its id. Rejects with a Problem where the owner's login cannot connect, or too many jobs run
   * here.
   */
  async start(job: NewJob): Promise<string> {
    if (this.#isClosing) {
      throw new Problem('unavailable', { detail: 'The server is stopping. Try again.' })
    }
    if (this.#running.size >= maxRunning) {
      throw new Problem('conflict', {
        detail: `This server runs ${maxRunning} jobs already. Wait until one of them has ended.`,
      })
    }
    const started = Promise.withResolvers<string>()
    const { ownerUrl, sockets } = this.#options
    const work = (client: Client) => {
      countUntilEnd(connections.jobs, client)
      return this.#run(client, job, running, started.resolve)
    }
    const open = () => {
      running.socket = sockets.open()
      return running.socket
    }
    const done = withConnection(ownerUrl, work, open).catch((error: unknown) =>
      started.reject(whyNotStarted(error)),
    )
    const running: Running = {
      ...{ process: undefined, socket: undefined, isReplacing: false, cancelledBy: undefined },
      done,
    }
    this.#running.add(running)
    done.finally(() => this.#running.delete(running))
    return started.promise
  }

  /** Ends the jobs that run, and records that they were stopped. */
  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all([...this.#running].map((running) => this.#stop(running)))
  }

  /** Where the database or the network does not answer, it destroys the connection. */
  async #stop(running: Running): Promise<void> {
    const { process, done } = running
    const ending = process === undefined ? done : this.#abandon(process).then(() => done)
    await inTime(ending, stopMs).catch(() => running.socket?.destroy())
    await done
  }

  #abandon(process: number): Promise<void> {
    const { ownerUrl, sockets } = this.#options
    return abandon(ownerUrl, process, sockets.open)
  }

  async #run(
    client: ClientBase,
    job: NewJob,
    running: Running,
    started: (id: string) => void,
  ): Promise<void> {
    const { pool, log } = this.#options
    await noticeDeath(client)
    await requireOwner(client)
    const id = await beginJob(client, job, (begun) =>
      beginProgress(client, begun, isCancellable[job.act]),
    )
    await requireSameDatabase(client, pool, id)
    const { rows } = await client.query<{ process: number }>('select pg_backend_pid() as process')
    running.process = rows[0]?.process
    log.info({ job: id, kind: job.act, actor: job.actor }, 'a job has begun')
    started(id)
    const over = new AbortController()
    const watching = this.#watch(id, running, over.signal)
    const report = this.#reportOf(id, running)
    const result = await this.#resultOf(job, client, { running, report })
    over.abort()
    await Promise.all([watching, report.written()])
    await this.#record(id, result)
    log.info({ job: id, kind: job.act, outcome: result.outcome }, 'a job has ended')
  }

  #reportOf(id: string, running: Running): JobReport {
    const { pool, log } = this.#options
    return new JobReport({
      ...{ pool, log, id },
      onReplacing: async () => {
        await this.#lookIfCancelled(id, running)
        if (running.cancelledBy !== undefined) throw new Error('the job was cancelled')
        running.isReplacing = true
      },
      onReplaced: () => {
        running.isReplacing = false
      },
    })
  }

  /** Ends the job when an operator has cancelled it. */
  async #watch(id: string, running: Running, over: AbortSignal): Promise<void> {
    const { log } = this.#options
    const look = async () => {
      if (running.isReplacing) return
      await this.#lookIfCancelled(id, running)
      const { process } = running
      if (running.cancelledBy === undefined || process === undefined || over.aborted) return
      await this.#abandon(process)
    }
    while (!over.aborted) {
      await look().catch((err: unknown) => {
        log.warn({ err, job: id }, 'cannot read whether an operator cancelled a job; retrying')
      })
      await pause(lookMs, undefined, { signal: over }).catch(() => undefined)
    }
  }

  async #lookIfCancelled(id: string, running: Running): Promise<void> {
    const actor = await cancelledBy(this.#options.pool, id)
    if (actor !== undefined) running.cancelledBy = actor
  }

  async #record(id: string, result: Result): Promise<void> {
    const { pool, log } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await endAct(pool, id, result)
      } catch (err) {
        if (attempt === recordAttempts || this.#isClosing) {
          return log.error({ err, job: id }, 'the result of a job could not be recorded')
        }
        await pause(recordPauseMs)
      }
    }
  }

  async #resultOf(
    { act, work }: NewJob,
    client: ClientBase,
    { running, report }: { readonly running: Running; readonly report: JobReport },
  ): Promise<Result> {
    try {
      // A stop that came before the process of the connection was known has not ended it.
      if (this.#isClosing) throw new Error('the server stops')
      const result = await untilConfirmed(client, () => work(client, report))
      return { outcome: 'done', result }
    } catch (err) {
      if (this.#isClosing) return { outcome: 'stopped', detail: 'its server was stopped' }
      if (running.cancelledBy !== undefined) {
        return { outcome: 'cancelled', detail: `cancelled by ${running.cancelledBy}` }
      }
      // It ends a transaction that an error has left open, and fails only on a connection that is gone.
      const isLost = await client.query('rollback').then(
        () => false,
        () => true,
      )
      const level = isLost || explain(err) !== undefined ? 'warn' : 'error'
      this.#options.log[level]({ err, kind: act }, 'a job failed')
      if (isLost) return { outcome: 'failed', detail: lost }
      return failureOf(err, 'the log of the server has it')
    }
  }
}

const lost =
  'the connection to the database was lost; what the job had committed stays, and the same job can be started again'
