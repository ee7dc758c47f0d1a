/** Ports of a server or worker: listening, with a sentence where that fails, and closing within a time. */

import type { App } from './platform/http/app.ts'
import { ServeError } from './service-pool.ts'

interface Address {
  readonly host: string
  readonly port: number
  /** What the log calls it. */
  readonly name: string
  /** The settings that choose another address, for the message. */
  readonly settings: string
}

/** Listens and returns the URL. Throws ServeError. */
export async function listen(app: App, { host, port, name, settings }: Address): Promise<string> {
  try {
    return await app.listen({ host, port, listenTextResolver: (url) => `${name} on ${url}` })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? 'the port is already in use' : message
    throw new ServeError(
      `cannot listen on port ${port} of ${host}: ${reason}. Set ${settings} to another address.`,
      { cause: error },
    )
  }
}

/** Requests that run longer than the given time lose their connection, so a stop always ends. */
export async function closeApp(app: App, seconds: number): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), seconds * 1000)
  try {
    await app.close()
  } finally {
    clearTimeout(deadline)
  }
}
