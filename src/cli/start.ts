/**
 * `epistle start`, which `npm start` runs: install, then serve and work in one process. It uses the embedded
 * database unless DATABASE_URL is set. It is meant for trying and developing Epistle.
 */

import { withConnection } from '../command-connection.ts'
import { loadConfig } from '../config.ts'
import { install } from '../platform/read-models/install/install.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { localUrl } from '../setting-formats.ts'
import { untilStopped } from './until-stopped.ts'
import { print, say, type Verb } from './verb.ts'

export const startVerb: Verb = {
  summary: 'install, then serve and work in one process, to try it out',
  help: `Usage: epistle start

Starts an embedded PostgreSQL with its data in .data (or uses DATABASE_URL), installs the releases
and serves HTTP. The same process also runs the background tasks of \`epistle work\`. Ctrl-C stops the
service first, and then the database. A chat is at / unless WEB_CHAT=off. With ADMIN_PORT set, the
console for operators is on that port.`,
  options: {},
  async run() {
    const given = loadConfig(process.env)
    const config = { ...given, webChat: given.webChat ?? 'on' } as const
    // Not needed by the other commands.
    const [{ serve }, { work }] = await Promise.all([import('../serve.ts'), import('../work.ts')])
    await untilStopped(config, async ({ url: databaseUrl }, opened) => {
      await withConnection(databaseUrl, (client) =>
        install({ client, directory: dbDirectory, say }),
      )
      // The embedded database has no other owner than this process.
      const isEmbedded = given.databaseUrl === undefined
      const adminDatabaseUrl = given.adminDatabaseUrl ?? (isEmbedded ? databaseUrl : undefined)
      const server = await serve({ config: { ...config, adminDatabaseUrl }, databaseUrl })
      opened(server)
      const serverUrl = localUrl(config.host, Number(new URL(server.url).port))
      // The admin port of the server is that of the process.
      const workConfig = { ...config, adminPort: undefined }
      const working = await work({ config: workConfig, databaseUrl, serverUrl })
      opened(working)
      const pages = { chat: config.webChat === 'on', admin: server.adminUrl }
      print(welcome(server.url, working.mails, pages))
    })
  },
}

/** What is open to browsers: the chat, and the console at the URL of the admin port. */
interface Pages {
  readonly chat: boolean
  readonly admin: string | undefined
}

function welcome(url: string, mails: string, { chat, admin }: Pages): string {
  const forOperators = admin ? `${admin}/console` : 'not started; set ADMIN_PORT=9100'
  return `
Epistle is ready.
  Base URL   ${url}${chat ? `\n  Chat       ${url}/` : ''}
  Console    ${forOperators}
  Docs       ${url}/docs
  E-mail     ${mails}
  Try        curl -i ${url}/users \\
               -H 'Content-Type: application/json' \\
               -d '{"email": "ada@example.com", "username": "ada", "password": "a few unrelated words"}'
`
}
