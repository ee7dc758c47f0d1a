/**
 * `epistle start`, what `npm start` runs: install, then serve, on the embedded database unless
 * DATABASE_URL names another. The way to try Epistle, and to develop it.
 */

import { loadConfig } from '../config.ts'
import { install } from '../read-model/install.ts'
import { releasesDirectory } from '../read-model/releases.ts'
import { type Command, print, say } from './command.ts'
import { withConnection } from './connect.ts'
import { serveUntilStopped } from './serve.ts'

export const startCommand: Command = {
  summary: 'install, then serve: all that is needed to try it',
  help: `Usage: epistle start

Starts an embedded PostgreSQL with its data in .data (or uses DATABASE_URL), installs the releases
and serves. Ctrl-C stops the service first, and then the database.`,
  options: {},
  async run() {
    const url = await serveUntilStopped(loadConfig(process.env), ({ url }) =>
      withConnection(url, (client) => install({ client, directory: releasesDirectory, say })),
    )
    print(welcome(url))
  },
}

function welcome(url: string): string {
  return `
Epistle is ready.
  Base URL   ${url}
  Docs       ${url}/docs
  Try        curl -i ${url}/users -H 'Content-Type: application/json' \\
               -d '{"email": "ada@example.com", "username": "ada", "password": "a few unrelated words"}'
`
}
