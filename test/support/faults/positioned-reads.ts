// Messages that a user writes, and reads of them with a position: what each response shows, and which server of the
// database it was read from.
import type { EpistleClient } from '../../../openapi/client.ts'
import { measured } from '../../../src/platform/metrics/measurements.ts'
import { until } from '../until.ts'

interface Reader {
  readonly token: string
  readonly user: { readonly id: string }
  readonly client: EpistleClient
}

interface Answer {
  readonly code?: string
  readonly items?: readonly { readonly content: string }[]
}

/** The functions of one user of a server in this process. */
export function positionedReads(reader: Reader, serverUrl: string) {
  const { token, user, client } = reader
  /** Where each response was read, and why. */
  const answers: string[] = []
  measured.read.read(({ from, reason }) => answers.push(`${from} ${reason}`))
  const lastAnswer = () => answers.at(-1)
  /** The names of the queries that have ended. */
  const queries: string[] = []
  measured.query.read(({ statement }) => queries.push(statement))

  /** Sends a message to oneself, and returns its position. */
  async function write(content: string): Promise<string> {
    const { response } = await client.POST('/messages', { body: { to: user.id, content } })
    return response.headers.get('epistle-position') ?? ''
  }

  /** The newest message, and the position of a page that is read with this position. */
  async function read(position?: string, url = serverUrl) {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(position !== undefined && { 'epistle-position': position }),
    }
    const response = await fetch(`${url}/messages?limit=1`, { headers })
    const body = (await response.json()) as Answer
    const shown = response.headers.get('epistle-position')
    return { status: response.status, code: body.code, newest: body.items?.[0]?.content, shown }
  }

  /** Waits until a read with the position comes from a standby at once. */
  async function caughtUp(position: string, url = serverUrl): Promise<void> {
    await until('a standby answers', async () => {
      await read(position, url)
      return lastAnswer() === 'standby at_once'
    })
  }

  /** Waits until so many more queries of this name have ended. */
  function nextQueries(name: RegExp, count: number): Promise<unknown> {
    const before = queries.length
    const ended = () => queries.slice(before).filter((query) => name.test(query)).length
    return until(`${name}`, async () => ended() >= count)
  }

  return { write, read, caughtUp, lastAnswer, nextQueries }
}
