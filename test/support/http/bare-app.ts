// A server with a test's own routes and no feature, for the promises of src/platform/http.
import { Writable } from 'node:stream'
import { isActiveSession } from '../../../src/features/sessions/queries.ts'
import type { App } from '../../../src/platform/http/app.ts'
import { authenticate } from '../../../src/platform/http/authentication.ts'
import { createLog } from '../../../src/platform/http/logging.ts'
import type { FindSession } from '../../../src/platform/http/principal.ts'
import { createServer, type ServerOptions } from '../../../src/platform/http/server.ts'
import type { Finishing } from '../database.ts'

interface BareOptions extends Partial<Omit<ServerOptions, 'log'>> {
  readonly findSession?: FindSession
  readonly level?: string
}

/** How statements and appends check a session. */
export const inSessions = { readTable: 'sessions_10', isActive: isActiveSession } as const

/** Creates the server, adds the test's routes, and closes it when the test ends. */
export async function bareApp(
  t: Finishing,
  addRoutes: (app: App) => void,
  options: BareOptions = {},
) {
  const {
    findSession = async () => undefined,
    level = 'silent',
    corsOrigins = [],
    ...others
  } = options
  const { log, lines } = readableLog(level)
  const app = await createServer({ log, ...others, corsOrigins })
  authenticate(app, { find: findSession, ...inSessions, corsOrigins })
  addRoutes(app)
  t.teardown(() => app.close())
  await app.ready()
  return { app, lines }
}

/** Makes an app listen, for tests that need a real connection; returns the port. */
export async function listen(app: App): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server does not listen')
  return address.port
}

/** Creates a log whose lines a test can read. */
export function readableLog(level: string) {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { log: createLog(level, destination), lines }
}
