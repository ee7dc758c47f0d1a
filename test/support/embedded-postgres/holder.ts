// A separate process that uses an embedded PostgreSQL, for tests that kill it or race it. It writes one line
// of JSON when it is up, `{"url"}` or `{"code"}`, and leaves when its input ends.
import { once } from 'node:events'
import { EmbeddedPostgresError } from '../../../src/platform/embedded-postgres/embedded-error.ts'
import { startEmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.ts'

const [directory = '', role, settings = '{}'] = process.argv.slice(2)
try {
  const server = await startEmbeddedPostgres({
    directory,
    exclusive: role === 'service',
    say: () => {},
    settings: JSON.parse(settings),
  })
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
  await once(process.stdin.resume(), 'end')
  await server.close()
} catch (error) {
  if (!(error instanceof EmbeddedPostgresError)) throw error
  process.stdout.write(`${JSON.stringify({ code: error.code })}\n`)
}
