// Every set-up that an operator copies has an admin port to look at, which only the machine itself reaches, or which has a
// token: the compose file, the commands of db/OPERATIONS.md, the units and the manifests.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config.ts'
import { blocks, checkout, readDocument } from '../support/markdown.ts'

const compose = await readDocument('docker-compose.yml')
const ADMIN_TOKEN_SHA256 = 'ab'.repeat(32)

interface Service {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[] }
}

/** The services as Compose reads them with these variables. Throws where a variable is required and missing. */
function servicesWith(variables: Readonly<Record<string, string>>): Record<string, Service> {
  const text = compose
    .replace(/^ *#.*\n/gm, '')
    .replace(/\$\{(\w+)(:[-?])([^}]*)\}/g, (_, name, kind, word) => {
      const value = variables[name] || undefined
      if (value === undefined && kind === ':?') throw new Error(`${name}: ${word}`)
      return value ?? word
    })
  return parse(text, { merge: true }).services
}

t.test('Servers and workers of the compose file have an admin port for this machine', async (t) => {
  const services = servicesWith({ ADMIN_TOKEN_SHA256 })
  const names = ['server-1', 'server-2', 'worker']
  for (const name of names) {
    const { environment = {}, ports = [], healthcheck } = services[name] ?? {}
    const { adminPort, adminHost, adminTokenSha256 } = loadConfig(environment)
    t.match({ adminPort, adminHost }, { adminPort: 9100, adminHost: '0.0.0.0' }, name)
    t.equal(adminTokenSha256, ADMIN_TOKEN_SHA256)
    t.equal(ports.filter((port) => /^127\.0\.0\.1:91\d\d:9100$/.test(port)).length, 1, name)
    t.match(healthcheck?.test?.at(-1), `127.0.0.1:${adminPort}/readyz`)
  }
  const published = Object.values(services).flatMap(({ ports = [] }) => ports)
  for (const port of published) t.match(port, /^127\.0\.0\.1:/, 'no other machine reaches it')
  t.equal(new Set(published).size, published.length)
  const { install } = services
  t.ok(loadConfig(install?.environment ?? {}).databaseUrl)
})

t.test('The compose file does not start without a token, which OPERATIONS makes', async (t) => {
  t.throws(() => servicesWith({}), { message: /ADMIN_TOKEN_SHA256: set it to the SHA-256/ })
  const operations = blocks(await readDocument('db/OPERATIONS.md')).map(({ text }) => text)
  const start = operations.find((text) => text.includes('docker compose up')) ?? ''
  t.match(start, /"ADMIN_TOKEN_SHA256=.*sha256sum.* >> \.env\n[\s\S]*docker compose up/)
  t.match(await readDocument('.gitignore'), /^\.env$/m)
})

t.test('The commands that OPERATIONS shows for production open two admin ports', async (t) => {
  const shown = blocks(await readDocument('db/OPERATIONS.md')).map(({ text }) => text)
  const commands = shown
    .flatMap((text) => text.replaceAll('\\\n', '').split('\n'))
    .filter((line) => /DATABASE_URL=.* node src\/main\.ts (?:serve|work)/.test(line))
  t.equal(commands.length, 2)
  const ports = commands.map((command) => / ADMIN_PORT=(\d+) /.exec(command)?.[1])
  t.strictSame(ports, ['9100', '9101'])
  for (const command of commands) t.notMatch(command, 'ADMIN_HOST')
})

t.test(
  'Every unit of a server or worker opens an admin port on the loopback address',
  async (t) => {
    const files = await readdir(join(checkout, 'deploy'), { recursive: true })
    const texts = await Promise.all(
      files
        .filter((file) => file.endsWith('.service'))
        .map((file) => readDocument(join('deploy', file))),
    )
    const commands = texts.flatMap(
      (text) => text.match(/^ExecStart=.*main\.ts (?:serve|work)$/m) ?? [],
    )
    t.equal(commands.length, 4)
    for (const command of commands) {
      t.match(command, / ADMIN_PORT=\S+ /)
      t.notMatch(command, 'ADMIN_HOST')
    }
  },
)
