// db/schema.sql is what reviewers diff, so it must be the schema that the releases make. It is read
// from the catalogue in a form that is the same on every version of PostgreSQL.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { readSchema } from '../../src/platform/read-models/schema.ts'
import { connect } from '../support/installed.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

t.test('db/schema.sql is the schema of all releases; if not, run `npm run schema`', async (t) => {
  const client = await connect(t, await stepwiseDatabase(t))
  t.equal(await readSchema(client), await readFile(join(dbDirectory, 'schema.sql'), 'utf8'))
})
