/**
 * `epistle install`: brings the database up to a release, beside whatever servers are running.
 */

import { loadConfig } from '../config.ts'
import { install } from '../read-model/install.ts'
import { releasesDirectory } from '../read-model/releases.ts'
import { type Command, say, wholeNumber } from './command.ts'
import { withClient } from './connect.ts'

export const installCommand: Command = {
  summary: 'bring the database up to the newest release',
  help: `Usage: epistle install [--to N]

Creates what the releases of db/ bring that the database does not have: event tables, read tables
built from the whole history, the triggers between them, the service role. Servers of older releases
go on meanwhile. Safe to repeat; a run that was interrupted is continued by the next.

  --to N   install no further than release N

Run it before the servers of a new release are started, with a DATABASE_URL whose user owns the
database.`,
  options: { to: { type: 'string' } },
  async run(options) {
    const to = wholeNumber(options, 'to')
    await withClient(loadConfig(process.env), (client) =>
      install({ client, directory: releasesDirectory, say, ...(to === undefined ? {} : { to }) }),
    )
  },
}
