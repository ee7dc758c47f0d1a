// Commits of a cluster that wait for a synchronous standby, which is away: how their waits begin, and end from outside.
import type pg from 'pg'
import type { Finishing } from '../database.ts'
import { connect } from '../installed.ts'
import { until } from '../until.ts'

const waiting = `select pid from pg_stat_activity
  where wait_event = 'SyncRep' and datname = current_database()`

export class CommitWaits {
  readonly #t: Finishing
  readonly #url: string
  /** A connection of the owner. */
  owner!: pg.Client

  constructor(t: Finishing, url: string) {
    this.#t = t
    this.#url = url
  }

  /** Connects as the owner, also again after a restart of the cluster. */
  async connect(): Promise<this> {
    this.owner = await connect(this.#t, this.#url)
    return this
  }

  /** Names the standby for which commits wait; the name `away` belongs to none. */
  async requireStandby(name: string): Promise<void> {
    await this.owner.query(`alter system set synchronous_standby_names = '${name}'`)
    await this.owner.query('select pg_reload_conf()')
    await until('the setting is there', async () => {
      const { rows } = await this.owner.query('show synchronous_standby_names')
      return rows[0].synchronous_standby_names === name
    })
    if (name !== '') await until('commits wait', () => this.#doCommitsWait())
    // Another setting right afterwards would come before the process that lets the waiting commits go on reads this one.
    else await this.#untilNone(waiting, [])
  }

  /** Whether a commit waits for the standby; its wait is cancelled. The setting reaches other processes a bit later. */
  async #doCommitsWait(): Promise<boolean> {
    const probe = await connect(this.#t, this.#url)
    const { pid } = (await probe.query('select pg_backend_pid() as pid')).rows[0]
    let isOver = false
    const done = probe.query(`select pg_logical_emit_message(true, '', '')`).finally(() => {
      isOver = true
    })
    const waits = `select from pg_stat_activity where pid = $1 and wait_event = 'SyncRep'`
    let isWaiting = false
    while (!isOver && !isWaiting) {
      isWaiting = (await this.owner.query(waits, [pid])).rowCount === 1
    }
    if (isWaiting) await this.owner.query('select pg_cancel_backend($1)', [pid])
    await done
    await probe.end()
    return isWaiting
  }

  /** The process whose commit waits for the standby. */
  waiting(): Promise<number> {
    return until('a commit waits for the standby', async () => {
      const { rows } = await this.owner.query(waiting)
      return rows[0]?.pid as number | undefined
    })
  }

  /** Cancels the wait of a commit. Returns when it waits no longer; its session can wait for another commit then. */
  async cancel(): Promise<void> {
    const pid = await this.waiting()
    const query = 'select query_start::text as began from pg_stat_activity where pid = $1'
    const { began } = (await this.owner.query(query, [pid])).rows[0]
    await this.owner.query('select pg_cancel_backend($1)', [pid])
    const waits = `${query} and wait_event = 'SyncRep' and query_start = $2::timestamptz`
    await this.#untilNone(waits, [pid, began])
  }

  /** Ends the session whose commit waits, as a crash of the server does. Returns when the session is gone. */
  async terminate(): Promise<void> {
    const pid = await this.waiting()
    await this.owner.query('select pg_terminate_backend($1)', [pid])
    await this.#untilNone('select from pg_stat_activity where pid = $1', [pid])
  }

  async #untilNone(text: string, values: unknown[]): Promise<void> {
    await until('the wait is over', async () => {
      return (await this.owner.query(text, values)).rowCount === 0
    })
  }
}
