// What our documents name exists: files, folders, scripts, commands, database objects; and nothing
// stands in them twice. And the example of a release in db/README.md is installed as it stands there,
// on a database with history, and what it says of an older table's being demoted is done.
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { listMachinery } from '../src/platform/read-models/install/machinery.ts'
import { dbDirectory } from '../src/platform/read-models/releases/releases.ts'
import { demote } from '../src/platform/read-models/retire/demote.ts'
import { connect, installedDatabase, installInto } from './support/installed.ts'
import { blocks, checkout, inlineCode, links, readDocument } from './support/markdown.ts'
import { copyReleases } from './support/read-models/copied-releases.ts'
import { epistle, finished } from './support/service.ts'

const names = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'db/README.md', 'src/README.md']
const documents = await Promise.all(
  names.map(async (name) => ({ name, folder: dirname(name), text: await readDocument(name) })),
)
const folders = await Promise.all(
  ['src', 'db'].map((folder) => readdir(join(checkout, folder), { recursive: true })),
)
const sources = folders.flat().map((file) => `/${file}`)
const everything = documents.map(({ text }) => text).join('\n')

t.test('every link leads to a file', async (t) => {
  for (const { name, folder, text } of documents) {
    for (const target of links(text)) {
      t.ok(await exists(folder, target.replace(/#.*/, '')), `${target} of ${name}`)
    }
  }
})

t.test('every file and folder that is named exists', async (t) => {
  const path = /^[\w.-]+(?:\/[\w.-]+)*(?:\/|\.(?:ts|sql|md|json|yml))$/
  for (const { name, folder, text } of documents) {
    const paths = inlineCode(text).filter((code) => path.test(code))
    t.ok(paths.length > 0, `${name} names some`)
    for (const code of paths) t.ok(await exists(folder, code), `${code} of ${name}`)
  }
})

t.test('no document says anything twice', async (t) => {
  // Which is what is left where two changes of one paragraph were put together. Fewer words in a row do
  // come again.
  const run = 10
  for (const { name, text } of documents) {
    const words = text.replace(/^```.*?^```$/gms, '').split(/\s+/)
    const runs = words.slice(run - 1).map((_, first) => words.slice(first, first + run).join(' '))
    t.equal(
      runs.find((said, first) => runs.indexOf(said) < first),
      undefined,
      name,
    )
  }
})

t.test('each decision is a paragraph of its own', async (t) => {
  for (const { name, text } of documents) t.notMatch(text, /[^\n]\n\*\*\d{4}-\d\d-\d\d/, name)
})

t.test('every script that is named is in package.json', async (t) => {
  const { scripts } = JSON.parse(await readDocument('package.json'))
  const named = everything.matchAll(/\bnpm (?:run ([a-z:-]+)|(start|test)\b)/g)
  for (const script of new Set([...named].map(([, run, own]) => run ?? own))) {
    t.ok(Object.hasOwn(scripts, script ?? ''), `npm run ${script}`)
  }
})

t.test('every command and option that is named is in its --help', async (t) => {
  const named = [...everything.matchAll(/(?:npx epistle|`epistle|main\.ts) ([a-z]+)/g)]
  const commands = new Set(named.map(([, command = '']) => command))
  t.ok(commands.size >= 4)
  const help = async (command: string) => ({
    command,
    ...(await finished(epistle(t, [command, '--help']))),
  })
  for (const { command, code, stdout } of await Promise.all([...commands].map(help))) {
    t.equal(code, 0, command)
    if (command === 'install') t.match(stdout, /--to N.*--max-rate N.*--check.*--json/s)
    if (['status', 'verify'].includes(command)) t.match(stdout, '--json')
    if (command === 'retire') t.match(stdout, '--release N')
  }
})

t.test('every variable that is named is a setting', async (t) => {
  const settings = await readDocument('.env.example')
  const text = await readDocument('README.md')
  for (const variable of inlineCode(text).filter((code) => /^[A-Z]{2,}(_[A-Z]+)*$/.test(code))) {
    t.match(settings, new RegExp(`^${variable}=`, 'm'))
  }
})

t.test('every table, view and function of the database that is named exists', async (t) => {
  const schema = await readDocument('db/schema.sql')
  for (const code of inlineCode(everything)) {
    const [, object] = /^((?:log|read|engine)\.\w+[a-z0-9])(?:\(.*\))?$/.exec(code) ?? []
    if (
      object &&
      !/^\w+\.(users|user_registered|user_stream|notes)_4\b|_ignores$|\.sql$/.test(object)
    )
      t.match(schema, new RegExp(`\\b${object}\\b`), object)
  }
})

t.test('db/README.md lists the machinery, in the order in which it is installed', async (t) => {
  const [list] = blocks(await readDocument('db/README.md'))
  const listed = list?.text.match(/^\d\d-[\w/-]+\.sql(?= )/gm)
  t.strictSame(listed, await listMachinery(dbDirectory))
})

t.test('the release of db/README.md installs, sees the history and refuses', async (t) => {
  // It is told as of release 3, so that no release that came since changes it.
  const releases = await copyReleases(t, 3)
  for (const { text } of blocks(await readDocument('db/README.md'))) {
    const [, file] = /^-- db\/releases\/(\S+\.sql)\n/.exec(text) ?? []
    if (!file) continue
    await releases.write(file, text)
  }
  const url = await installedDatabase(t, 3)
  const client = await connect(t, url)
  const register = (release: number, ...columns: string[]) =>
    client.query(
      `insert into log.user_registered_${release}
       values (gen_random_uuid(), ${columns.map((_, index) => `$${index + 1}`)})`,
      columns,
    )
  await register(0, 'foo@example.com', '-')
  await register(1, 'bar@example.com', '-', 'bar')
  await installInto(url, { directory: releases.directory })
  await register(4, 'baz@example.com', '-', 'baz', '+4930123456')
  await t.rejects(register(4, 'qux@example.com', '-', 'qux', '+4930123456'), {
    code: '23505',
    constraint: 'users_4__phone_number_taken',
  })
  const emails = (table: string) =>
    client.query(`select string_agg(email, ' ' order by position) as all from read.${table}`)
  const all = 'foo@example.com bar@example.com baz@example.com'
  for (const table of ['users_2', 'users_4']) t.same((await emails(table)).rows, [{ all }], table)
  await demote(client, releases.directory, 'users_2', () => undefined)
  t.same((await emails('users_2')).rows, [{ all }], 'users_2 as a view')
})

/** Whether a path is there, seen from the checkout or the document's folder; a mere name, anywhere. */
async function exists(folder: string, path: string): Promise<boolean> {
  const places = [join(checkout, path), join(checkout, folder, path)]
  const found = await Promise.all(places.map((place) => stat(place).catch(() => null)))
  return found.some(Boolean) || sources.some((file) => file.endsWith(`/${path}`))
}
