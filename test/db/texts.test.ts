// The SQL files of db/: ASCII alone, so that no client or pager shows a comment in another encoding.
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'

t.test('Every SQL file of db/ is ASCII', async (t) => {
  let files = 0
  for await (const file of glob('**/*.sql', { cwd: dbDirectory })) {
    files += 1
    t.notMatch(await readFile(join(dbDirectory, file), 'latin1'), /[\x80-\xff]/, file)
  }
  t.ok(files > 50, `${files} files`)
})
