/**
 * `epistle install`: brings the database up to a release, beside whatever servers are running.
 */

import { loadConfig } from '../config.ts'
import { describeViolation } from '../platform/read-models/errors.ts'
import {
  checkInstall,
  type InstallOptions,
  install,
} from '../platform/read-models/install/install.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { showProgress } from '../platform/read-models/replay/progress.ts'
import { withClient } from './connect.ts'
import { print, say, UsageError, type Verb, wholeNumber } from './verb.ts'

export const installVerb: Verb = {
  summary: 'bring the database up to the newest release',
  help: `Usage: epistle install [--to N] [--max-rate N] [--check [--json]]

Creates what the releases of db/ bring that the database does not have: event tables, read tables
built from the whole history, the triggers between them, the service role. Servers of older releases
go on meanwhile. Safe to repeat; a run that was interrupted is continued by the next.

  --to N         install no further than release N
  --max-rate N   replay at most N events a second, to leave the machine to others; with fewer than are
                 appended meanwhile it never ends
  --check        change nothing; list the events that constraints of new read tables would refuse,
                 and exit 1 if there are any
  --json         with --check: one JSON document on stdout, and nothing else; its "more" is true
                 where only the first 1,000 are told

Run it before the servers of a new release are started, with a DATABASE_URL whose user owns the
database.`,
  options: {
    to: { type: 'string' },
    'max-rate': { type: 'string' },
    check: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  async run(options) {
    if (options.json && !options.check) throw new UsageError('--json goes with --check')
    const to = wholeNumber(options, 'to')
    const maxRate = wholeNumber(options, 'max-rate', 1)
    await withClient(loadConfig(process.env), async (client) => {
      const base = { client, directory: dbDirectory, say, maxRate, showProgress }
      const chosen = to === undefined ? base : { ...base, to }
      if (options.check) await check(chosen, Boolean(options.json))
      else await install(chosen)
    })
  },
}

async function check(options: InstallOptions, json: boolean): Promise<void> {
  const { violations, more } = await checkInstall(options)
  if (violations.length > 0) process.exitCode = 1
  if (json) return print(JSON.stringify({ violations, more }, null, 2))
  if (violations.length === 0) return print('The whole history fits into the new read tables.')
  const some = more ? `More than ${violations.length}` : violations.length
  print(`${some} events do not fit into the new read tables:`)
  for (const violation of violations) {
    print(`  ${violation.table}: ${describeViolation(violation)}`)
  }
  if (more) print(`  and more; only the first ${violations.length} are told`)
}
