/**
 * `npm run schema`: writes db/schema.sql, the schema after every release. The releases are installed one by
 * one, so that it has each version of each read table. Uses a throw-away embedded PostgreSQL.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres/embedded-postgres.ts'
import { install } from '../src/platform/read-models/install/install.ts'
import {
  dbDirectory as directory,
  readReleases,
} from '../src/platform/read-models/releases/releases.ts'
import { readSchema } from '../src/platform/read-models/schema.ts'

const scratch = await mkdtemp(join(tmpdir(), 'epistle-schema-'))
const server = await startEmbeddedPostgres({
  directory: join(scratch, 'postgres'),
  exclusive: true,
  say: () => undefined,
  settings: { fsync: 'off' },
})
const client = new pg.Client({ connectionString: server.url })
try {
  await client.connect()
  for (const { release } of await readReleases(directory)) {
    await install({ client, directory, to: release, say: () => undefined })
  }
  await writeFile(join(directory, 'schema.sql'), await readSchema(client))
} finally {
  await client.end()
  await server.close()
  await rm(scratch, { recursive: true, force: true })
}
