/**
 * Runs maintenance on a new connection, and records it in the audit list as the admin port does: before it begins, and
 * its result afterwards. So `GET /audit` and `GET /jobs` list what ran on the command line, and what runs there now. An
 * install that makes the list is recorded as soon as it has made it.
 */

import type { ClientBase } from 'pg'
import { endAct, type NewAct, type Result } from '../admin/acts/acts.ts'
import type { Work } from '../admin/jobs/kinds.ts'
import { beginJob, failureOf } from '../admin/jobs/record-job.ts'
import { withConnection } from '../command-connection.ts'
import type { Config } from '../config.ts'
import { noticeDeath } from '../platform/postgres/notice-death.ts'
import { unwatched } from '../platform/read-models/rebuild/watch.ts'
import { requireTableNames } from '../platform/read-models/tables.ts'
import { withClient } from './connect.ts'
import { StoppedError } from './signals.ts'
import { say } from './verb.ts'

/**
 * Records an act that begins now; one act in a run of a command. Does nothing when it is recorded, so that a command that
 * makes the list calls it again then.
 */
export type Begin = (act: NewAct) => Promise<void>

/** An act on read tables. */
type TableAct = NewAct & { readonly arguments: { readonly tables: readonly string[] } }

/** Carries out `work` as an act, and returns its result, which is recorded. */
export function runJob(config: Config, act: TableAct, work: Work): Promise<object> {
  return withAct(config, async (client, begin) => {
    await requireTableNames(client, act.arguments.tables)
    await begin(act)
    const result = await work(client, { ...unwatched, say })
    return { recorded: result, returned: result }
  })
}

/**
 * Runs `work`, which begins its act as soon as it has what the act is about, and returns what it returned. `recorded` is
 * the result in the list, without personal data. Throws what `withClient` throws.
 */
export async function withAct<T>(
  config: Config,
  work: (
    client: ClientBase,
    begin: Begin,
  ) => Promise<{ readonly recorded?: object; readonly returned: T }>,
): Promise<T> {
  const recording = new Recording()
  return withClient(
    config,
    async (client) => {
      await noticeDeath(client)
      const { recorded, returned } = await work(client, (act) => recording.begin(client, act))
      await recording.end(client, { outcome: 'done', result: recorded })
      return returned
    },
    (error, url) => recording.endFailed(url, error),
  )
}

/** The record of one act. */
class Recording {
  #id: string | undefined
  /** The act, if it began before the database had the list. */
  #unlisted: NewAct | undefined
  #result: Result | undefined

  async begin(client: ClientBase, act: NewAct): Promise<void> {
    if (this.#id !== undefined) return
    if (await hasList(client)) this.#id = await beginJob(client, act)
    else this.#unlisted = act
  }

  async end(client: ClientBase, result: Result): Promise<void> {
    this.#result = result
    // An install that failed can have made the list.
    if (this.#id === undefined && this.#unlisted) await this.begin(client, this.#unlisted)
    if (this.#id !== undefined) await endAct(client, this.#id, result)
  }

  /** On a new connection, because that of the command can be in a failed transaction, or lost. */
  async endFailed(url: string, error: unknown): Promise<void> {
    if (this.#id === undefined && !this.#unlisted) return
    // What was done stays done, also if the connection was lost before that was recorded.
    const result = this.#result ?? resultOf(error)
    try {
      await withConnection(url, (client) => this.end(client, result))
    } catch {
      say('the result of this command could not be recorded in the audit list')
    }
  }
}

/** A database that was not installed yet, or only by a version without the list, has none. */
async function hasList(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query(`select to_regclass('work.acts') is not null as "exists"`)
  return rows[0]?.exists
}

function resultOf(error: unknown): Result {
  return error instanceof StoppedError
    ? { outcome: 'stopped', detail: 'a signal stopped the command' }
    : failureOf(error, 'the command has printed it')
}
