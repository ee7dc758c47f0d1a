// Checks what CONTRIBUTING.md claims about the code: sizes, opening comments, names of folders, the walls
// between them, purity, SQL and tests. Where lint checks a claim, this test only checks that the rule is on.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { checkout, readDocument, section } from './support/markdown.ts'

const run = promisify(execFile)
const generated = new Set(['db/schema.sql', 'openapi/types.ts', 'openapi/admin-types.ts'])

interface Source {
  readonly path: string
  readonly text: string
}

const { stdout } = await run('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
  cwd: checkout,
})
const tracked = stdout.split('\0').filter(Boolean)
const sources: Source[] = await Promise.all(
  tracked
    .filter((path) => /^(src|db|openapi|test)\/.*\.(ts|sql)$/.test(path) && !generated.has(path))
    .map(async (path) => ({ path, text: await readDocument(path) })),
)
const code = sources.filter(({ path }) => path.startsWith('src/'))
const tests = sources.filter(({ path }) => path.startsWith('test/'))
const sql = sources.filter(({ path }) => path.endsWith('.sql'))

const biome = JSON.parse(await readDocument('biome.json'))
const contributing = (await readDocument('CONTRIBUTING.md')).replace(/\s+/g, ' ')

t.test('A source file has at most 250 lines, and half of them have at most 80', async (t) => {
  const sizes = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
  t.ok(sizes.length > 300, 'the sources are found')
  t.strictSame(
    sizes.filter(({ lines }) => lines > 250),
    [],
  )
  const sorted = sizes.map(({ lines }) => lines).sort((one, other) => one - other)
  t.ok((sorted[Math.floor(sorted.length / 2)] ?? Infinity) <= 80, 'the median')
})

t.test('Lint refuses functions of more than 40 lines, import cycles and index files', async (t) => {
  const { rules } = biome.linter
  const { noExcessiveLinesPerFunction } = rules.complexity
  t.strictSame(noExcessiveLinesPerFunction, { level: 'error', options: { maxLines: 40 } })
  const cycles = { level: 'error', options: { ignoreTypes: false } }
  t.strictSame(rules.suspicious.noImportCycles, cycles)
  t.equal(rules.performance.noBarrelFile, 'error')
  const exempting =
    /biome-ignore\S* lint\/\S*(LinesPerFunction|ImportCycles|Barrel|RestrictedImports)/
  t.strictSame(paths(sources.filter(({ text }) => exempting.test(text))), [], 'without exception')
})

// What is a letter, a capital or a separator, and which text comes first, would differ between databases.
t.test('No SQL depends on the locale of the database', async (t) => {
  const byLocale =
    /\b(?:to_tsvector|\w*to_tsquery|ts_\w+|initcap|ilike|casefold)\b|~\*|\[\[:|\\\\?[wW](?!\w)|\b(?:lower|upper)\((?!.*collate "C")/i
  const query = ({ path }: Source) => /(?:queries|boxes|search|counts|task|\.sql)\b/.test(path)
  const found = [...sql, ...code.filter(query)].flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((line) => byLocale.test(line.replace(/^\s*(?:--|\*|\/\*\*|\/\/).*/, '')))
      .map((line) => `${path}: ${line.trim()}`),
  )
  t.strictSame(found, [])
})

t.test('A file of src, db, openapi and test/support opens with a comment', async (t) => {
  const commented = /^(#!.*\n)?(\/\*\*|\/\/ |-- )/
  const bare = sources
    .filter(({ path }) => !/^test\/(?!support\/)/.test(path))
    .filter(({ text }) => !commented.test(text))
  t.strictSame(paths(bare), [])
})

t.test('No file is called index, and no folder util, common, helpers or services', async (t) => {
  const named = /(^|\/)(index\.[jt]s$|(utils?|common|helpers?|services?)\/)/
  t.strictSame(
    tracked.filter((path) => named.test(path)),
    [],
  )
})

t.test(
  'CONTRIBUTING.md states the import walls of biome.json, in the same words and order',
  async (t) => {
    const walls = readWalls()
    t.equal(walls.length, 5)
    const stated = section(await readDocument('CONTRIBUTING.md'), 'Import rules')
    const items = stated.split(/^- /m).slice(1)
    t.strictSame(
      items.map((item) => item.replace(/\s+/g, ' ').trim()),
      walls,
    )
  },
)

t.test('Only src/main.ts acts when it is imported', async (t) => {
  const modules = code.map(({ path }) => path).filter((path) => path !== 'src/main.ts')
  const imports = modules.map((path) => `await import(${JSON.stringify(join(checkout, path))})`)
  const list = (name: string) => `const ${name} = process.getActiveResourcesInfo()`
  const print = 'console.log(before.join(), after.join())'
  const touch = 'void [process.stdout, process.stderr]' // libraries look whether these are terminals
  const script = [touch, list('before'), ...imports, list('after'), print].join('\n')
  const result = await run(process.execPath, ['--input-type=module', '--eval', script])
  const [before, after] = result.stdout.trim().split(' ')
  t.equal(after, before, 'nothing is opened, and no timer runs')
  t.equal(result.stderr, '')
})

t.test('Only src/config.ts reads settings from the environment', async (t) => {
  const documented = (await readDocument('.env.example')).matchAll(/^([A-Z_]+)=/gm)
  const settings = [...documented].map(([, name]) => name)
  t.ok(settings.length > 10, 'the settings are found')
  const reads = new RegExp(`process\\.env(\\.|\\[['"])(${settings.join('|')})\\b`)
  t.strictSame(paths(code.filter(({ text }) => reads.test(text))), [])
  const others = code.map(({ path, text }) => {
    return { path, text: withoutComments(text).replaceAll('loadConfig(process.env)', '') }
  })
  const whole = /process\.env(?!\.|\[)/
  t.strictSame(
    paths(others.filter(({ text }) => whole.test(text))),
    [],
    'as a whole, for loadConfig',
  )
})

t.test('Aggregates use no clock and no random number, and do not wait', async (t) => {
  const folding = code.filter(({ text }) => text.includes('satisfies never'))
  t.ok(folding.length >= 5, 'the aggregates are found')
  const impure = /\b(async|await|Date\.now|new Date\(\)|Math\.random|random\w*\(|uuidV7|process\.)/
  t.strictSame(paths(folding.filter(({ text }) => impure.test(withoutComments(text)))), [])
})

t.test('Only the catalogue of problems contains the status codes of errors', async (t) => {
  const status = /\b(status|statusCode): [45]\d\d\b|\.(code|status)\([45]\d\d\)/
  const knowing = code.filter(({ text }) => status.test(withoutComments(text)))
  const files = ['catalogue', 'http-problems', 'request-problems', 'server-problems']
  t.strictSame(
    paths(knowing).sort(),
    files.map((name) => `src/platform/http/problems/${name}.ts`),
  )
})

t.test('Each error of the domain, and of the platform below it, has a code', async (t) => {
  const domain = /^src\/(features|platform\/(event-store|passwords|rate-limits))\//
  const declared = code
    .filter(({ path }) => domain.test(path))
    .flatMap(({ text }) => text.split(/^(?=(?:export )?class \w+ extends Error)/m).slice(1))
  t.ok(declared.length > 5, 'the errors are found')
  for (const text of declared) {
    const [body = ''] = text.split(/^}/m)
    const [name = ''] = body.split(' {')
    t.match(body, /^ {2}readonly code(: string| = '[a-z_]+')$/m, name)
  }
})

t.test('SQL files are in lower case', async (t) => {
  const keyword =
    /\b(SELECT|FROM|WHERE|CREATE|TABLE|INSERT|UPDATE|DELETE|RETURNS|BEGIN|END|NOT NULL)\b/
  t.strictSame(paths(sql.filter(({ text }) => keyword.test(withoutComments(text)))), [])
})

t.test('Each constraint of a release has a name', async (t) => {
  const releases = sql.filter(({ path }) => path.startsWith('db/releases/'))
  t.ok(releases.length > 40, 'the releases are found')
  const key = /(?<!constraint \w+\s+)\b(primary key|unique|check \(|foreign key)(?! index)/
  const reference = /(?<!constraint \w+\s+|foreign key \([\w, ]+\)\s+)\breferences\b/
  const unnamed = ({ text }: Source) => [key, reference].some((one) => one.test(bare(text)))
  t.strictSame(paths(releases.filter(unnamed)), [])
})

t.test('Tests replace none of our modules by a mock', async (t) => {
  const mocking = /\b(mockImport|mockRequire|mockAll)\b|\bmock\.module\b|\bt\.mock\(/
  const others = tests.filter(({ path }) => path !== 'test/conventions.test.ts')
  t.strictSame(paths(others.filter(({ text }) => mocking.test(text))), [])
})

// The tests use many databases of one server at once. A statement about one would see the locks of another.
t.test('Each statement about locks or sessions is about one database or process', async (t) => {
  const about = /\b(from|join) pg_(locks|stat_activity)\b/
  const limited =
    /current_database\(\)|(datname|application_name) = |\bpid = (\$|any|pg_b)|'checkpointer'|heldIn/
  const found = sources
    .filter(({ path }) => /\.ts$/.test(path) && !/membership/.test(path)) // its locks are its own
    .flatMap(({ text }) => text.match(/`[^`]*`|'[^'\n]*'/g) ?? [])
    .filter((statement) => about.test(statement))
  t.ok(found.length > 30, 'the statements are found')
  const unlimited = found.filter((statement) => !limited.test(statement))
  t.strictSame(unlimited, [])
})

t.test('CONTRIBUTING.md lists every script of package.json', async (t) => {
  const { scripts } = JSON.parse(await readDocument('package.json'))
  for (const script of Object.keys(scripts)) {
    t.match(contributing, new RegExp(`npm (run )?${script} `), script)
  }
})

/** The walls of biome.json as CONTRIBUTING states them; an override that repeats a message adds none. */
function readWalls(): string[] {
  const walls = new Map<string, string>()
  for (const { includes, linter } of biome.overrides) {
    const [where, ...without] = includes as string[]
    const scope = [where, ...without.map((path) => path.replace('!', ''))]
    const prefix = scope.map((path) => `\`${path}\``).join(' without ')
    for (const { message } of linter.rules.style.noRestrictedImports.options.patterns) {
      if (!walls.has(message)) walls.set(message, `${prefix}: ${message}`)
    }
  }
  return [...walls.values()]
}

function paths(found: readonly Source[]): string[] {
  return found.map(({ path }) => path)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|\s)(\/\/|--) .*$/gm, '')
}

/** SQL without comments, strings and unique indexes. */
function bare(text: string): string {
  return withoutComments(text)
    .replace(/'(?:[^']|'')*'/g, '')
    .replaceAll('create unique index', '')
}

t.test(
  'Every locked package has a hash, and the image has the locked version of Node',
  async (t) => {
    const { packages } = JSON.parse(await readDocument('package-lock.json'))
    const installed = Object.entries<Record<string, unknown>>(packages).filter(
      ([path, { link }]) => path.startsWith('node_modules/') && !link,
    )
    t.ok(installed.length > 100)
    const unhashed = installed.filter(([, { integrity }]) => !/^sha512-/.test(String(integrity)))
    t.strictSame(
      unhashed.map(([path]) => path),
      [],
    )
    const { version } = packages['node_modules/node']
    const images = [...(await readDocument('Dockerfile')).matchAll(/^FROM (\S+)/gm)].map(
      ([, name]) => name,
    )
    t.strictSame(images, Array(2).fill(`node:${version}-slim`))
  },
)
