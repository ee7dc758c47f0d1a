// Checks that our documents are true: the files, commands, settings and database objects they name exist,
// links lead somewhere, and no sentence occurs twice. It also installs the example release of db/README.md,
// exactly as printed, on a database with history, and demotes a table by it.
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { listMachinery } from '../src/platform/read-models/install/machinery.ts'
import { dbDirectory } from '../src/platform/read-models/releases/releases.ts'
import { demote } from '../src/platform/read-models/retire/demote.ts'
import { readHelp } from './support/command-help.ts'
import { connect, installedDatabase, installInto } from './support/installed.ts'
import {
  anchors,
  blocks,
  checkout,
  inlineCode,
  links,
  prose,
  readDocument,
  section,
  tableRows,
} from './support/markdown.ts'
import { copyReleases } from './support/read-models/copied-releases.ts'
import { epistle, finished } from './support/service.ts'

const names = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'db/README.md',
  'db/OPERATIONS.md',
  'db/MONITORING.md',
  'deploy/cluster/README.md',
  'db/FEED.md',
  'deploy/README.md',
  'openapi/README.md',
  'src/README.md',
]
const documents = await Promise.all(
  names.map(async (name) => ({ name, folder: dirname(name), text: await readDocument(name) })),
)
const folders = await Promise.all(
  ['src', 'db'].map((folder) => readdir(join(checkout, folder), { recursive: true })),
)
const sources = folders.flat().map((file) => `/${file}`)
const everything = documents.map(({ text }) => text).join('\n')

t.test('README.md has at most 190 lines', async (t) => {
  t.ok((await readDocument('README.md')).split('\n').length <= 191)
})

t.test('Every link of a document leads to a file, and to a heading of it', async (t) => {
  for (const { name, folder, text } of documents) {
    for (const target of links(text)) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? name : join(folder, path)
      t.ok(await exists('', file), `${target} of ${name}`)
      if (anchor) t.ok(anchors(await readDocument(file)).includes(anchor), `${target} of ${name}`)
    }
  }
})

t.test('Every file and folder that a document names exists', async (t) => {
  const path = /^[\w.-]+(?:\/[\w.-]+)*(?:\/|\.(?:ts|sql|md|json|yml))$/
  for (const { name, folder, text } of documents) {
    const paths = inlineCode(text).filter((code) => path.test(code))
    if (name !== 'openapi/README.md') t.ok(paths.length > 0, `${name} names some`)
    for (const code of paths) t.ok(await exists(folder, code), `${code} of ${name}`)
  }
})

t.test('No document repeats a sentence', async (t) => {
  // Two merged changes of one paragraph leave such repetitions. Shorter runs of words do occur twice.
  const run = 10
  for (const { name, text } of documents) {
    const words = ownWords(text).split(/\s+/)
    const runs = words.slice(run - 1).map((_, first) => words.slice(first, first + run).join(' '))
    const repeated = runs.find((words, first) => runs.indexOf(words) < first)
    t.equal(repeated, undefined, name)
  }
})

t.test('Each decision has a dated heading, a context, a decision and a consequence', async (t) => {
  for (const name of ['db/README.md', 'src/README.md']) {
    const [, ...decisions] = section(await readDocument(name), 'Decisions').split(/^### /m)
    t.ok(decisions.length > 5, `the decisions of ${name} are found`)
    for (const decision of decisions) {
      const [heading = ''] = decision.split('\n')
      const shape =
        /^\d{4}-\d\d-\d\d: .+\n- Context: [\s\S]+?\n- Decision: [\s\S]+?\n- Consequence: /
      t.match(decision, shape, heading)
      t.equal(decision.match(/^- /gm)?.length, 3, heading)
    }
  }
})

t.test('Every script that a document names is in package.json', async (t) => {
  const { scripts } = JSON.parse(await readDocument('package.json'))
  const named = everything.matchAll(/\bnpm (?:run ([a-z:-]+)|(start|test)\b)/g)
  for (const script of new Set([...named].map(([, run, own]) => run ?? own))) {
    t.ok(Object.hasOwn(scripts, script ?? ''), `npm run ${script}`)
  }
})

t.test('Every command and option that a document names is in its --help', async (t) => {
  const named = [...everything.matchAll(/(?:npx epistle|`epistle|main\.ts) ([a-z]+)/g)]
  const commands = new Set(named.map(([, command = '']) => command))
  t.ok(commands.size >= 4)
  const help = await readHelp()
  for (const command of commands) {
    const text = help.get(command) ?? ''
    t.ok(text, command)
    if (command === 'install') t.match(text, /--to N.*--max-rate N.*--check.*--json/s)
    if (['status', 'tasks', 'verify', 'show'].includes(command)) t.match(text, '--json')
    if (command === 'tasks') t.match(text, /retry.*drop.*--all/s)
    if (command === 'show') t.match(text, '--at')
    if (command === 'retire') t.match(text, '--release N')
  }
})

t.test('The table of commands in db/OPERATIONS.md lists those of epistle --help', async (t) => {
  const { stdout } = await finished(epistle(t, ['--help']))
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, command]) => command)
  const rows = tableRows(section(await readDocument('db/OPERATIONS.md'), 'Commands'))
  const listed = rows.slice(1).map(([command]) => command?.replace(/`npx epistle (\w+)`/, '$1'))
  t.strictSame(listed, commands)
})

t.test('Every variable that a document names is a setting', async (t) => {
  const settings = await readDocument('.env.example')
  const others = new Set(['EBADENGINE', 'LEDGER_COPY', 'NOTIFY'])
  for (const { name, text } of documents) {
    const variables = inlineCode(text).map((code) => code.replace(/=\w+$/, ''))
    const all = ['README.md', 'db/OPERATIONS.md', 'db/MONITORING.md'].includes(name)
    const setting = all ? /^[A-Z]{2,}(_[A-Z]+)*$/ : /^[A-Z]{2,}(_[A-Z]+)+$/
    for (const variable of variables.filter((code) => setting.test(code) && !others.has(code))) {
      t.match(settings, new RegExp(`^${variable}=`, 'm'), `${variable} of ${name}`)
    }
  }
})

t.test('Every database object that a document names exists', async (t) => {
  const schema = await readDocument('db/schema.sql')
  const example = /^\w+\.(users|user_registered|user_stream|notes)_4\b|_ignores$|\.(sql|ts)$/
  for (const code of inlineCode(everything)) {
    const [, object] =
      /^((?:log|read|engine|work|limits)\.\w+[a-z0-9])(?:\(.*\))?$/.exec(code) ?? []
    if (object && !example.test(object)) t.match(schema, new RegExp(`\\b${object}\\b`), object)
  }
})

t.test('db/README.md lists the machinery in the order of installation', async (t) => {
  const [list] = blocks(await readDocument('db/README.md'))
  const listed = list?.text.match(/^\d\d-[\w/-]+\.sql(?= )/gm)
  t.strictSame(listed, await listMachinery(dbDirectory))
})

t.test(
  'The example release of db/README.md installs, shows the history, and rejects',
  async (t) => {
    // The example follows release 3, so no later release can affect it.
    const releases = await copyReleases(t, 3)
    for (const { text } of blocks(await readDocument('db/README.md'))) {
      const [, file] = /^-- db\/releases\/(\S+\.sql)\n/.exec(text) ?? []
      if (file) await releases.write(file, text)
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
  },
)

/** What a document itself says: neither its blocks nor summaries of operations, which are openapi.json's. */
function ownWords(document: string): string {
  return prose(document).replace(/^\| (GET|POST|PUT|PATCH|DELETE) .*$/gm, '')
}

/** Whether a path exists, below the checkout or the document's folder; a bare name, anywhere. */
async function exists(folder: string, path: string): Promise<boolean> {
  const places = [join(checkout, path), join(checkout, folder, path)]
  const found = await Promise.all(places.map((place) => stat(place).catch(() => null)))
  return found.some(Boolean) || sources.some((file) => file.endsWith(`/${path}`))
}
