// db/schema.sql is what reviewers diff: it must be the schema that the releases really make.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { readSchema } from '../../src/platform/read-models/schema.ts'
import { connect } from '../support/installed.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

t.test('db/schema.sql is fresh: if not, npm run schema', async (t) => {
  const client = await connect(t, await stepwiseDatabase(t))
  const { rows } = await client.query(
    `select current_setting('server_version_num')::int as version`,
  )
  if (rows[0].version < 180_000) return t.pass('PostgreSQL 18 wrote it; others word it otherwise')
  t.equal(await readSchema(client), await readFile(join(dbDirectory, 'schema.sql'), 'utf8'))
})
