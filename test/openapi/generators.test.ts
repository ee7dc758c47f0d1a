// Clients that generators write from openapi.json: they compile under strict settings, and a walk with each sees the
// same on a real server. Generators that are not installed are skipped.
import { createHash } from 'node:crypto'
import { access, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { password, served } from '../support/http/served.ts'
import { checkout } from '../support/markdown.ts'
import { run } from '../support/packed-client.ts'
import type { People, Trace } from './generators/trace.ts'

const folder = join(checkout, 'test/openapi/generators')
const written = join(folder, 'written')
const document = join(checkout, 'openapi/openapi.json')

const isDone = (work: Promise<unknown>) =>
  work.then(
    () => true,
    () => false,
  )

const [{ server, arrive }, hasGenerators, hasPerl] = await Promise.all([
  served(t),
  isDone(access(join(folder, 'node_modules'))),
  isDone(run('perl', ['-MOpenAPI::Client', '-e', '1'])),
])
const skipped = hasGenerators ? {} : { skip: `npm ci --prefix ${folder} installs the generators` }
await rm(written, { recursive: true, force: true })
await mkdir(written)
t.teardown(() => rm(written, { recursive: true, force: true }))
await arrive('other')

/** Runs Node without the loader that tap puts into each process. */
const node = (...args: string[]) =>
  run('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], { cwd: folder })

/** The file where OpenAPI::Client looks for it. */
const cachedSchema = createHash('md5')
  .update('https://spec.openapis.org/oas/3.1/schema/2021-05-20')
  .digest('hex')

const peopleOf = (name: string): People => ({
  name,
  email: `${name}@example.org`,
  password,
  otherName: 'other',
})

t.test(
  'hey-api, orval and Kubb write clients that compile under strict settings',
  skipped,
  async (t) => {
    await node('generate.ts', document, written, server.url)
    const compiler = join(checkout, 'node_modules/typescript/bin/tsc')
    for (const project of ['tsconfig.json', 'tsconfig.hey-api.json']) {
      const { stdout } = await node(compiler, '-p', project).catch((error) => error)
      t.equal(stdout, '', project)
    }
  },
)

for (const name of ['openapi-typescript', 'hey-api', 'orval', 'kubb']) {
  const options = name === 'openapi-typescript' ? {} : skipped
  t.test(`A walk with the client of ${name} succeeds`, options, async (t) => {
    const outfile = join(written, `${name}.mjs`)
    const entryPoints = [join(folder, `walk-${name}.ts`)]
    await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node' })
    const { walk } = await import(outfile)
    sees(t, name, await walk(server.url, peopleOf(name)))
  })
}

const noPerl = { skip: 'apt-get install libopenapi-client-perl installs the client' }
t.test('A walk with OpenAPI::Client for Perl succeeds', hasPerl ? {} : noPerl, async (t) => {
  // It would fetch the schema of OpenAPI 3.1, by which Kubb has checked the document.
  const JSON_VALIDATOR_CACHE_PATH = t.testdir({ [cachedSchema]: '{}' })
  const env = { ...process.env, JSON_VALIDATOR_CACHE_PATH }
  const args = [join(folder, 'walk.pl'), document, server.url, JSON.stringify(peopleOf('perl'))]
  const { stdout } = await run('perl', args, { env })
  sees(t, 'perl', JSON.parse(stdout))
})

function sees(t: Test, name: string, trace: Trace): void {
  t.strictSame(trace, {
    registered: name,
    found: 'other',
    listed: ['Hello'],
    edited: 'Hello again',
    outdated: 'version_mismatch',
    refused: '/to',
    events: ['Hello again'],
    conversations: ['other'],
    afterLogout: 'unauthenticated',
  } satisfies Trace)
}
