/**
 * Runs the jobs of a server, each on a connection of the database's owner, which it holds for as long as it takes.
 *
 * Promises that a job is recorded, with its operator, before it begins, and its result after it has ended. A stop of the
 * server ends its jobs; `MaintenanceError` and the like are refusals. What a job has committed stays, and every kind of
 * job can be run again.
 */

import type { FastifyBaseLogger } from 'fastify'
import type { ClientBase, Pool } from 'pg'
import { abandon, withConnection } from '../../cli/connect.ts'
import { explain } from '../../explain-error.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { transaction } from '../../platform/read-models/transactions.ts'
import { beginAct, endAct, type NewAct, type Result } from '../acts/acts.ts'
import { maskAddresses } from '../tasks/mask-addresses.ts'
import { takeJobLock } from './job-lock.ts'
import type { JobKind, Work } from './kinds.ts'
import { addJobLine } from './queries.ts'

export interface NewJob extends NewAct {
  readonly act: JobKind
  readonly work: Work
}

interface RunnerOptions {
  /** Under the service role. */
  readonly pool: Pool
  readonly ownerUrl: string
  readonly log: FastifyBaseLogger
}

/** Each holds a connection, and most of them wait for each other. */
const maxRunning = 4

interface Running {
  process: number | undefined
  readonly done: Promise<void>
}

export class JobRunner {
  readonly #options: RunnerOptions
  readonly #running = new Set<Running>()
  #isClosing = false

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** Starts a job and returns its id. Rejects where the owner's login cannot connect, or too many jobs run here. */
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
    const work = (client: ClientBase) => this.#run(client, job, running, started.resolve)
    const done = withConnection(this.#options.ownerUrl, work).catch(started.reject)
    const running: Running = { process: undefined, done }
    this.#running.add(running)
    done.finally(() => this.#running.delete(running))
    return started.promise
  }

  /** Ends the jobs that run, and records that they were stopped. */
  async close(): Promise<void> {
    this.#isClosing = true
    const { ownerUrl } = this.#options
    for (const { process } of this.#running) {
      if (process !== undefined) await abandon(ownerUrl, process).catch(() => undefined)
    }
    await Promise.all([...this.#running].map(({ done }) => done))
  }

  async #run(
    client: ClientBase,
    job: NewJob,
    running: Running,
    started: (id: string) => void,
  ): Promise<void> {
    const { pool, log } = this.#options
    const id = await begin(client, job)
    await requireSameDatabase(client, pool, id)
    const { rows } = await client.query<{ process: number }>('select pg_backend_pid() as process')
    running.process = rows[0]?.process
    started(id)
    const lines = new Lines(this.#options, id)
    const result = await this.#resultOf(job, client, lines)
    await lines.written()
    await endAct(pool, id, result).catch((err: unknown) => {
      log.error({ err, job: id }, 'the result of a job could not be recorded')
    })
    log.info({ job: id, kind: job.act, outcome: result.outcome }, 'a job has ended')
  }

  async #resultOf({ act, work }: NewJob, client: ClientBase, lines: Lines): Promise<Result> {
    try {
      return { outcome: 'done', result: await work(client, (text) => lines.add(text)) }
    } catch (err) {
      if (this.#isClosing) return { outcome: 'stopped', detail: 'its server was stopped' }
      const reason = explain(err)
      this.#options.log[reason === undefined ? 'error' : 'warn']({ err, kind: act }, 'a job failed')
      const detail = withoutPersonal(reason ?? 'an unexpected error; the log of the server has it')
      return { outcome: isRefusal(err) ? 'refused' : 'failed', detail }
    }
  }
}

/** Errors by which the engine refuses to begin or to go on; nothing has to be repaired in the program. */
const refusals: ReadonlySet<string> = new Set([
  'MaintenanceError',
  'InstallError',
  'BuildError',
  'ReleaseError',
  'LockError',
])

function isRefusal(error: unknown): boolean {
  return error instanceof Error && refusals.has(error.name)
}

/**
 * The act and the lock of the job in one transaction, so that no server sees the one without the other. If the server
 * dies, PostgreSQL would otherwise notice it, and release the lock, only at the end of the statement that runs.
 */
async function begin(client: ClientBase, job: NewJob): Promise<string> {
  await client.query(`set client_connection_check_interval = '1s'`)
  return transaction(client, async () => {
    const id = await beginAct(client, job)
    await takeJobLock(client, id)
    return id
  })
}

/** Throws where the act that the owner's login recorded is not that of the servers' login: its time is another one. */
async function requireSameDatabase(client: ClientBase, pool: Pool, id: string): Promise<void> {
  const recorded = 'select at::text from work.acts where id = $1'
  const [owners, ours] = [await client.query(recorded, [id]), await pool.query(recorded, [id])]
  if (owners.rows[0]?.at === ours.rows[0]?.at) return
  throw new Problem('unavailable', {
    detail: 'ADMIN_DATABASE_URL leads to another database than DATABASE_URL.',
  })
}

/** Messages of PostgreSQL quote the values of keys: `Key (email)=(ada@example.com) already exists.` */
function withoutPersonal(text: string): string {
  return maskAddresses(text.replace(/=\([^\n]*\)/g, '=(…)')) ?? ''
}

/** The lines of a job, written one after the other while it runs. */
class Lines {
  readonly #options: RunnerOptions
  readonly #id: string
  #count = 0
  #last: Promise<void> = Promise.resolve()

  constructor(options: RunnerOptions, id: string) {
    this.#options = options
    this.#id = id
  }

  add(text: string): void {
    const { pool, log } = this.#options
    this.#count += 1
    const line = this.#count
    this.#last = this.#last
      .then(() => addJobLine(pool, this.#id, line, withoutPersonal(text)))
      .catch((err: unknown) => log.warn({ err, job: this.#id }, 'a line of a job is lost'))
  }

  written(): Promise<void> {
    return this.#last
  }
}
