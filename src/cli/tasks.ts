/**
 * `epistle tasks`: lists the background tasks that failed, and retries or drops them.
 */

import { loadConfig } from '../config.ts'
import { agreeing, counted } from '../platform/counted.ts'
import { tableName } from '../platform/read-models/tables.ts'
import {
  type Choice,
  dropTasks,
  type FailedTask,
  listFailedTasks,
  maxIds,
  retryTasks,
} from '../platform/task-queue/failed-tasks.ts'
import { isUuid } from '../platform/uuid.ts'
import { actorOf, actorOption } from './actor.ts'
import { withClient } from './connect.ts'
import { withAct } from './maintenance.ts'
import { allowOnly, type Options, print, say, UsageError, type Verb } from './verb.ts'

const changes = {
  retry: { run: retryTasks, done: 'due again', name: 'retry_tasks' },
  drop: { run: dropTasks, done: 'dropped', name: 'drop_tasks' },
} as const

export const tasksVerb: Verb = {
  summary: 'list, retry or drop background tasks that failed',
  help: `Usage: epistle tasks [list] [--process <name>] [--json]
       epistle tasks retry <id>… | --all [--process <name>] [--actor <name>]
       epistle tasks drop <id>… | --all [--process <name>] [--actor <name>]

Lists the tasks of \`epistle work\` that failed, the oldest first: when each is retried, or when it was
given up, and its last error. A task is given up when it has failed for days, or when a mail server
rejects its e-mail for good. Workers delete a task 30 days after it was given up.

retry makes tasks due at once, as if they were new. drop deletes them. A task that a worker is running
stays unchanged. Exits 1 if a task you named stays unchanged.

  --all              retry: all failed tasks; drop: all tasks that were given up
  --process <name>   only the tasks of this process manager, such as verification_8; with list or --all
  --actor <name>     your name, for the audit list; the default is that of your user of the operating system
  --json             print one JSON document on stdout, and nothing else`,
  options: {
    ...{ all: { type: 'boolean' }, json: { type: 'boolean' }, process: { type: 'string' } },
    ...actorOption,
  },
  takesArguments: true,
  async run(options, [action = 'list', ...ids]) {
    if (action === 'list') return list(options, ids)
    if (action !== 'retry' && action !== 'drop') {
      throw new UsageError(`unknown action "${action}"; choose list, retry or drop`)
    }
    const { choice, given } = chosen(action, options, ids)
    const { run, done, name } = changes[action]
    const act = { actor: actorOf(options), act: name, arguments: given }
    const changed = await withAct(loadConfig(process.env), async (client, begin) => {
      await begin(act)
      const returned = await run(client, choice)
      return { returned, recorded: { ...returned, ids: returned.ids.slice(0, maxIds) } }
    })
    print(`${counted(changed.count, 'task')} ${agreeing(changed.count, 'is', 'are')} ${done}`)
    const left = ids.filter((id) => !changed.ids.includes(id.toLowerCase()))
    for (const id of left) {
      say(`${id} stays unchanged: no failed task has this id, or a worker is running it`)
    }
    if (left.length > 0) process.exitCode = 1
  },
}

interface Chosen {
  readonly choice: Choice
  /** The arguments of the act. */
  readonly given: object
}

function chosen(action: string, options: Options, ids: readonly string[]): Chosen {
  const { all, json } = options
  if (json) throw new UsageError('--json is an option of epistle tasks list')
  if (ids.length > 0 === Boolean(all)) {
    throw new UsageError(`name the tasks to ${action}, or use --all; epistle tasks lists them`)
  }
  const invalid = ids.find((id) => !isUuid(id))
  if (invalid !== undefined) throw new UsageError(`"${invalid}" is not the id of a task`)
  const process = processOf(options)
  if (!all && process !== undefined)
    throw new UsageError('--process works only together with --all')
  if (process !== undefined) return { choice: { process }, given: { all: true, process } }
  return all ? { choice: 'all', given: { all: true } } : { choice: ids, given: { ids } }
}

/** The form of the name is checked, because the audit list keeps it for good. */
function processOf({ process }: Options): string | undefined {
  if (typeof process !== 'string') return undefined
  if (tableName.test(process) && process.length <= 63) return process
  throw new UsageError('--process takes the name of a process manager, such as verification_8')
}

async function list(options: Options, ids: readonly string[]): Promise<void> {
  allowOnly(['json', 'all', 'process'], options, 'tasks list')
  const { json, all } = options
  if (all || ids.length > 0) throw new UsageError('epistle tasks list takes no ids and no --all')
  const chosen = { process: processOf(options) }
  const tasks = await withClient(loadConfig(process.env), (client) =>
    listFailedTasks(client, chosen),
  )
  if (json) return print(JSON.stringify({ tasks }, null, 2))
  print(tasks.length > 0 ? tasks.map(describe).join('\n') : 'no task has failed')
}

function describe(task: FailedTask): string {
  const { id, process, attempts, givenUpAt, retryAt, askedAt, lastError } = task
  const next = retryAt
    ? `retried at ${retryAt.toISOString()}`
    : `given up${givenUpAt ? ` at ${givenUpAt.toISOString()}` : ''}`
  return [
    `${id}  ${process}  ${counted(attempts, 'attempt')} since ${askedAt.toISOString()}, ${next}`,
    ...(lastError ?? '').split('\n').map((line) => `    ${line}`.trimEnd()),
  ].join('\n')
}
