/**
 * `epistle install`: brings the database up to a release, while servers of older releases run.
 */

import type { ClientBase } from 'pg'
import { loadConfig } from '../config.ts'
import { agreeing, counted } from '../platform/counted.ts'
import { describeDeviation, findDeviations } from '../platform/read-models/deviations.ts'
import { describeViolation } from '../platform/read-models/errors.ts'
import {
  checkInstall,
  type InstallOptions,
  install,
} from '../platform/read-models/install/install.ts'
import { readDeviations } from '../platform/read-models/overview.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { showProgress } from '../platform/read-models/replay/progress.ts'
import { relationExists } from '../platform/read-models/tables.ts'
import { actorOf, actorOption } from './actor.ts'
import { withClient } from './connect.ts'
import { withAct } from './maintenance.ts'
import { print, say, UsageError, type Verb, wholeNumber } from './verb.ts'

export const installVerb: Verb = {
  summary: 'bring the database up to the newest release',
  help: `Usage: epistle install [--to N] [--max-rate N] [--actor <name>]
       epistle install --check [--to N] [--json]

Creates everything in the releases of db/ that the database lacks: event tables, read tables built
from the whole history, the functions between them, and the service role. Servers of older releases
keep running. It is safe to run again; the next run continues an interrupted one.

  --to N           stop at release N
  --max-rate N     replay at most N events a second, which leaves more of the machine to the servers;
                   choose N above the rate at which clients append, or install never finishes
  --actor <name>   your name, for the audit list; the default is that of your user of the operating system
  --check          change nothing; list the events that constraints of new read tables reject,
                   and exit 1 if there are any
  --json           with --check: print one JSON document on stdout, and nothing else; its "more" is
                   true if it lists only the first 1,000 events

Run it before you start the servers of a new release, with a DATABASE_URL whose user owns the
database.`,
  options: {
    to: { type: 'string' },
    'max-rate': { type: 'string' },
    check: { type: 'boolean' },
    json: { type: 'boolean' },
    ...actorOption,
  },
  async run(options) {
    if (options.json && !options.check)
      throw new UsageError('--json works only together with --check')
    const to = wholeNumber(options, 'to')
    const maxRate = wholeNumber(options, 'max-rate', 1)
    const base = { directory: dbDirectory, say, maxRate, showProgress }
    const chosen = to === undefined ? base : { ...base, to }
    const config = loadConfig(process.env)
    if (options.check) {
      return withClient(config, (client) => check({ ...chosen, client }, Boolean(options.json)))
    }
    const act = { actor: actorOf(options), act: 'install', arguments: { to, maxRate } }
    await withAct(config, async (client, begin) => {
      const release = await install({ ...chosen, client, beforeChange: () => begin(act) })
      const deviations = (await findDeviations(client)).map(describeDeviation)
      if (!(await reportsOthers(client, deviations.length))) {
        return { returned: undefined, recorded: { release } }
      }
      await begin(act)
      return { returned: undefined, recorded: { release, deviations } }
    })
  },
}

/**
 * Whether the console and the alert have another number of deviations than there are now, from before a repair. An install
 * with nothing to change is recorded then, too, because the number is in its record.
 */
async function reportsOthers(client: ClientBase, found: number): Promise<boolean> {
  if (!(await relationExists(client, 'work.acts'))) return false
  return ((await readDeviations(client)) ?? found) !== found
}

async function check(options: InstallOptions, json: boolean): Promise<void> {
  const { violations, more } = await checkInstall(options)
  if (violations.length > 0) process.exitCode = 1
  if (json) return print(JSON.stringify({ violations, more }, null, 2))
  if (violations.length === 0) return print('The whole history fits into the new read tables.')
  const events = counted(violations.length, 'event')
  const some = more
    ? `More than ${events} do`
    : `${events} ${agreeing(violations.length, 'does', 'do')}`
  print(`${some} not fit into the new read tables:`)
  for (const violation of violations) {
    print(`  ${violation.table}: ${describeViolation(violation)}`)
  }
  if (more) print(`  and more; only the first ${violations.length} are listed`)
}
