// The SQL files of db/: ASCII alone, so that no client or pager shows a comment in another encoding, and the files
// that their comments name exist.
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'

const entries = await readdir(dbDirectory, { recursive: true })
const files = entries.filter((entry) => entry.endsWith('.sql'))
const names = new Set(files.map((file) => basename(file)))
const texts = await Promise.all(
  files.map(async (file) => ({ file, text: await readFile(join(dbDirectory, file), 'latin1') })),
)

t.test('Every SQL file of db/ is ASCII', async (t) => {
  t.ok(files.length > 50, `${files.length} files`)
  for (const { file, text } of texts) t.notMatch(text, /[\x80-\xff]/, file)
})

t.test('Every SQL file that a comment in db/ names exists', async (t) => {
  let named = 0
  for (const { file, text } of texts) {
    for (const [, name = ''] of text.matchAll(/^\s*--.*?(?<![\w/.-])([\w-]+\.sql)\b/gm)) {
      named += 1
      t.ok(names.has(name), `${name}, in ${file}`)
    }
  }
  t.ok(named > 3, `${named} names`)
})
