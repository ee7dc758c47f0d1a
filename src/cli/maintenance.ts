/**
 * Runs maintenance on a new connection, and records it in the audit list as the admin port does: before it begins, and
 * its result afterwards. So `GET /audit` and `GET /jobs` list what ran on the command line, and what runs there now.
 */

import type { ClientBase } from 'pg'
import { endAct, type NewAct, type Result } from '../admin/acts/acts.ts'
import type { Work } from '../admin/jobs/kinds.ts'
import { beginJob, failureOf } from '../admin/jobs/record-job.ts'
import { withConnection } from '../command-connection.ts'
import type { Config } from '../config.ts'
import { unwatched } from '../platform/read-models/rebuild/watch.ts'
import { withClient } from './connect.ts'
import { StoppedError } from './signals.ts'
import { say } from './verb.ts'

/** Records an act that begins now. Once in a run of a command. */
export type Begin = (act: NewAct) => Promise<void>

/** Carries out `work` as an act, and returns its result, which is recorded. */
export function runJob(config: Config, act: NewAct, work: Work): Promise<object> {
  return withAct(config, async (client, begin) => {
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
  let id: string | undefined
  let done: Result | undefined
  const failed = async (error: unknown, url: string) => {
    // What was done stays done, also if the connection was lost before that was recorded.
    if (id !== undefined) await recordAgain(url, id, done ?? resultOf(error))
  }
  return withClient(
    config,
    async (client) => {
      const begin: Begin = async (act) => {
        if (await hasList(client)) id = await beginJob(client, act)
      }
      const { recorded, returned } = await work(client, begin)
      done = { outcome: 'done', result: recorded }
      if (id !== undefined) await endAct(client, id, done)
      return returned
    },
    failed,
  )
}

/** A database that no release with the list was installed in has none. */
async function hasList(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query(`select to_regclass('work.acts') is not null as "exists"`)
  return rows[0]?.exists
}

function resultOf(error: unknown): Result {
  return error instanceof StoppedError
    ? { outcome: 'stopped', detail: 'a signal stopped the command' }
    : failureOf(error, 'the command has printed it')
}

/** On a new connection, because that of the command can be in a failed transaction, or lost. */
async function recordAgain(url: string, id: string, result: Result): Promise<void> {
  try {
    await withConnection(url, (client) => endAct(client, id, result))
  } catch {
    say('the result of this command could not be recorded in the audit list')
  }
}
