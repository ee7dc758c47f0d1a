// The package `epistle-client`, packed and installed in an empty project: the examples of openapi/README.md run on
// Node 20 and 24, pass the compiler under strict settings, and can be bundled for a browser.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, transform } from 'esbuild'
import t from 'tap'
import { served } from '../support/http/served.ts'
import { blocks, checkout, readDocument, section } from '../support/markdown.ts'
import { nodes, projectWithClient, run } from '../support/packed-client.ts'

const [{ server, client }, project, programs] = await Promise.all([
  served(t),
  projectWithClient(t),
  nodes(),
])
const shown = blocks(section(await readDocument('openapi/README.md'), 'The client'))
const examples = shown
  .filter(({ language }) => language === 'ts')
  .map(({ text }) => text)
  .join('\n')
  .replace('http://127.0.0.1:3000', server.url)
await writeFile(join(project, 'examples.ts'), examples)
const wrong = examples.replace("content: 'Hello!'", "contents: 'Hello!'")
await writeFile(join(project, 'wrong.ts'), wrong)
const { code: compiled } = await transform(examples, { loader: 'ts', target: 'es2022' })
await writeFile(join(project, 'examples.js'), compiled)
await client().POST('/users', {
  body: { email: 'grace@example.com', username: 'grace', password: 'not what ships are for' },
})

for (const version of ['20', '24']) {
  const program = programs.get(version)
  const options = program ? {} : { skip: `put Node ${version} on PATH to run this test` }
  t.test(`The examples run on Node ${version}, from the installed package`, options, async (t) => {
    const { stdout, stderr } = await run(program ?? '', ['examples.js'], { cwd: project })
    t.match(
      stdout,
      /^{"type":"export_ended","events":\d+}\n\d+ ready\n\d+ message_sent\nAre you there\?\nLog in again\.\n$/,
    )
    t.equal(stderr, '')
  })
}

t.test('The package has compiled JavaScript and types, and no sources', async (t) => {
  const files = await run('find', ['.', '-type', 'f'], {
    cwd: join(project, 'node_modules/epistle-client'),
  })
  const names = files.stdout.trim().split('\n')
  t.ok(names.includes('./dist/client.js'))
  t.strictSame(
    names.filter((name) => !/\.js$|\.d\.ts$|^\.\/(package|openapi)\.json$|README\.md$/.test(name)),
    [],
  )
})

const oldCompiler = 'openapi/node_modules/typescript/bin/tsc'
const compiler = 'node_modules/typescript/bin/tsc'
for (const [version, path, module, resolution] of [
  ['5.9', oldCompiler, 'nodenext', 'nodenext'],
  ['7', compiler, 'nodenext', 'nodenext'],
  ['7', compiler, 'esnext', 'bundler'],
] as const) {
  t.test(`TypeScript ${version} accepts the examples with ${resolution}`, async (t) => {
    const resolve = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022']
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
    const files = ['--noEmit', 'examples.ts', 'wrong.ts']
    const program = [join(checkout, path), ...strict, ...resolve, ...files]
    // tap puts its loader into each process, which cannot load the newest compiler.
    const alone = ['-u', 'NODE_OPTIONS', process.execPath, ...program]
    const { stdout } = await run('env', alone, { cwd: project }).catch((error) => error)
    t.match(stdout, /^wrong\.ts\S+ error TS2561: .*'contents' does not exist.*\n$/)
  })
}

t.test('The package can be bundled for a browser', async (t) => {
  const outfile = join(project, 'bundle.js')
  const bundle = { bundle: true, minify: true, format: 'esm', platform: 'browser' } as const
  await build({
    ...bundle,
    entryPoints: [join(project, 'examples.js')],
    outfile,
    logLevel: 'error',
  })
  const size = (await readFile(outfile)).length
  t.ok(size < 30_000, `${size} bytes`)
})
