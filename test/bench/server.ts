// A server of the bench, in a separate OS process as in production: Epistle, or a reference for comparison.
// server-process.ts runs it as `node server.ts <kind> <database URL>`. It sends its URLs to the parent over IPC,
// and stops when the parent disconnects.
import Fastify from 'fastify'
import pg from 'pg'
import { buildApp, readTables } from '../../src/app.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { beyondLastPosition } from '../../src/platform/event-store/event.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { createLog } from '../../src/platform/http/logging.ts'
import { serve } from '../../src/serve.ts'
import { openServicePool } from '../../src/service-pool.ts'
import { MetricsSwitch, type Slices } from './metrics-switch.ts'
import { pageSql } from './page-sql.ts'
import { insert } from './raw-sql.ts'
import type { ServerKind } from './server-process.ts'

interface Server {
  readonly url: string
  readonly adminUrl?: string
  close(): Promise<void>
}

const [, , kind, databaseUrl = '', READ_DATABASE_URL] = process.argv

/** The configuration of an operator, including the log, but with a free port and without rate limits. */
const config = loadConfig({ ...process.env, PORT: '0', RATE_LIMITS: 'off', READ_DATABASE_URL })

const kinds: Record<ServerKind, (databaseUrl: string) => Promise<Server>> = {
  epistle: (databaseUrl) => serve({ config, databaseUrl }),
  'epistle with metrics': serveWithMetrics,
  'one batch on its way': (databaseUrl) => serve({ config, databaseUrl, batchesOnTheirWay: 1 }),
  'one append a request': (databaseUrl) => serveWithoutWriter(config, databaseUrl),
  'bare fastify': serveBare,
}

/** Epistle with an admin port, whose metrics the bench switches on and off, and reads like Prometheus: see metrics.ts. */
async function serveWithMetrics(databaseUrl: string): Promise<Server> {
  const metrics = new MetricsSwitch()
  process.on('message', async (slices: Slices) => process.send?.(await metrics.measure(slices)))
  const { url, adminUrl, close } = await serve({ config: { ...config, adminPort: 0 }, databaseUrl })
  if (adminUrl === undefined) throw new Error('the server has no admin port')
  return { url, adminUrl, close }
}

/** Epistle as `serve` assembles it, without group append and without leases: a bench retires no table. */
async function serveWithoutWriter(config: Config, databaseUrl: string): Promise<Server> {
  const log = createLog(config.logLevel)
  const pool = await openServicePool({
    databaseUrl,
    size: config.databasePoolSize,
    readTables,
    log,
  })
  const app = await buildApp({
    config,
    pool,
    sessionPool: pool,
    store: createEventStore(pool),
    languages: ['en'],
    notifications: async () => undefined,
    log,
    isStopping: () => false,
    mayRead: () => true,
  })
  return {
    url: await app.listen({ host: config.host, port: 0 }),
    close: () => app.close().then(() => pool.end()),
  }
}

/** The minimum of the framework: no log, no schema, no hook; a page of messages and an insert are plain SQL. */
async function serveBare(databaseUrl: string): Promise<Server> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: config.databasePoolSize })
  const app = Fastify()
  app.post('/messages', async (request) => request.body)
  const profile = {
    id: '019ac2f0-6f3a-7c44-9d0e-3d2c1b0a9f8e',
    email: '019ac2f0-6f3a-7c44-9d0e-3d2c1b0a9f8e@example.com',
    username: '019ac2f06f3a7c449d0e3d2c1b0a9f',
    registeredAt: '2026-11-28T12:00:00.000Z',
  }
  app.get('/users/me', async () => profile)
  app.post<{ Body: { from: string; to: string; content: string } }>('/raw', async ({ body }) => {
    const id = uuidV7()
    const values = [id, body.from, body.to, body.content]
    const { rows } = await pool.query({ ...insert, values })
    return { id, ...body, ...rows[0] }
  })
  app.get<{ Params: { user: string } }>('/page/:user', async ({ params: { user } }) => {
    const { rows } = await pool.query({ ...pageSql, values: [user, beyondLastPosition] })
    return { items: rows }
  })
  return { url: await app.listen({ port: 0 }), close: () => app.close().then(() => pool.end()) }
}

const server = await kinds[kind as ServerKind](databaseUrl)
process.once('disconnect', () => server.close())
process.send?.({ url: server.url, adminUrl: server.adminUrl })
