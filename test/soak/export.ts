// The export of a user with a million events, from a server whose heap has too little room for a tenth of it. The
// comment has the duration and the greatest memory of the server.
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import t from 'tap'
import { writeMessages } from '../bench/history.ts'
import { password } from '../support/http/served.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { epistle } from '../support/service.ts'

const events = Number(process.env.SOAK_EVENTS ?? 1_000_000)

t.test(`An export of ${events} events is complete and in order, in little memory`, async (t) => {
  const databaseUrl = await installedDatabase(t)
  const owner = await connect(t, databaseUrl)
  const server = epistle(t, ['serve'], {
    env: {
      DATABASE_URL: databaseUrl,
      PORT: '0',
      RATE_LIMITS: 'off',
      NODE_OPTIONS: '--max-old-space-size=96',
    },
  })
  const [, url] = await server.said(/(http:\/\/[\w.:[\]]+)/)
  const account = { email: 'ada@example.org', username: 'ada', password, logIn: true }
  const registered = await fetch(`${url}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  const { id, session } = (await registered.json()) as { id: string; session: { token: string } }
  await writeMessages(owner, [id], events)

  const began = performance.now()
  const headers = { authorization: `Bearer ${session.token}` }
  const response = await fetch(`${url}/users/me/export`, { headers })
  t.equal(response.status, 200)
  const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>)
  let last: { type?: string; events?: number } = {}
  let [messages, position, memory] = [0, 0, 0]
  for await (const text of createInterface({ input: body })) {
    last = JSON.parse(text)
    const line = last as { type: string; position?: string }
    if (line.position === undefined) continue
    if (Number(line.position) <= position) t.fail(`position ${line.position} after ${position}`)
    position = Number(line.position)
    if (line.type === 'message_sent') messages += 1
    if (messages % 20_000 === 0) memory = Math.max(memory, await residentMiB(server.pid))
  }
  t.equal(messages, events)
  t.match(last, { type: 'export_ended' })
  const seconds = (performance.now() - began) / 1_000
  t.comment(`${last.events} events in ${seconds.toFixed(1)} s, at most ${memory} MiB resident`)
})

/** The resident memory of a process, in MiB. */
async function residentMiB(pid: number): Promise<number> {
  const [, kiB] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kiB) / 1024)
}
