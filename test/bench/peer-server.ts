// The peers of the bench "peers" as servers, each in an OS process like Epistle's: `node peer-server.ts <kind>
// <directory of the packages> <database URL>`. It sends its URL to the parent over IPC, and stops when the parent
// disconnects. Both run in production mode, with as many pooled connections as Epistle and prepared statements.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Fastify from 'fastify'
import { loadConfig } from '../../src/config.ts'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'

export type PeerKind = 'postgraphile' | 'emmett'

interface Sent {
  readonly from: string
  readonly to: string
  readonly content: string
}

const connections = loadConfig({}).databasePoolSize

/** PostGraphile with its recommended preset, on Node's own HTTP server, without the development tools. */
async function servePostGraphile(directory: string, connectionString: string): Promise<string> {
  const load = createRequire(join(directory, 'package.json'))
  const { postgraphile } = load('postgraphile')
  const { PostGraphileAmberPreset } = load('postgraphile/presets/amber')
  const { makePgService } = load('postgraphile/adaptors/pg')
  const { grafserv } = load('postgraphile/grafserv/node')
  const service = makePgService({
    connectionString,
    schemas: ['public'],
    poolConfig: { max: connections },
    pubsub: false,
  })
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    pgServices: [service],
    grafserv: { watch: false, graphiql: false },
    grafast: { explain: false },
  })
  const server = createServer()
  await instance.createServ(grafserv).addTo(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  return `http://127.0.0.1:${address.port}`
}

/** Emmett behind one fastify route without schema, authentication or log. */
async function serveEmmett(directory: string, connectionString: string): Promise<string> {
  const { append } = openEmmett(directory, connectionString)
  const app = Fastify()
  app.post('/messages', async (request, reply) => {
    const id = await append(request.body as Sent)
    return reply.code(201).send({ id })
  })
  return app.listen({ host: '127.0.0.1', port: 0 })
}

/** Emmett's append of one event to a new stream, with an inline projection that writes the read row. */
export function openEmmett(directory: string, connectionString: string) {
  const load = createRequire(join(directory, 'package.json'))
  const { projections, STREAM_DOES_NOT_EXIST } = load('@event-driven-io/emmett')
  const { getPostgreSQLEventStore, postgreSQLRawSQLProjection } = load(
    '@event-driven-io/emmett-postgresql',
  )
  const { SQL } = load('@event-driven-io/dumbo')
  const pool = new (load('pg').Pool)({ connectionString, max: connections })
  // After a signal the server of the bench stops first.
  pool.on('error', () => undefined)
  const inbox = postgreSQLRawSQLProjection({
    name: 'messages',
    canHandle: ['MessageSent'],
    evolve: ({ data }: { data: Sent & { id: string } }) =>
      SQL`insert into messages (id, src_id, dst_id, content)
          values (${data.id}::uuid, ${data.from}::uuid, ${data.to}::uuid, ${data.content})`,
  })
  const store = getPostgreSQLEventStore(connectionString, {
    projections: projections.inline([inbox]),
    connectionOptions: { pool },
  })
  const append = async (sent: Sent): Promise<string> => {
    const id = uuidV7()
    const event = { type: 'MessageSent', data: { id, ...sent } }
    const options = { expectedStreamVersion: STREAM_DOES_NOT_EXIST }
    await store.appendToStream(`message-${id}`, [event], options)
    return id
  }
  const close = (): Promise<void> => store.close().then(() => pool.end())
  return { append, close }
}

const serve = { postgraphile: servePostGraphile, emmett: serveEmmett }

if (import.meta.main) {
  const [, , kind, directory = '', databaseUrl = ''] = process.argv
  process.once('disconnect', () => process.exit())
  process.send?.({ url: await serve[kind as PeerKind](directory, databaseUrl) })
}
