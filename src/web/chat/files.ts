/**
 * The files of the chat for browsers: modules without a build step.
 *
 * Their URLs mirror the checkout, so relative imports work unchanged. Types become spaces (`stripTypeScriptTypes`),
 * so an error in the browser has the line and column of the source. The chat's page maps the names of packages.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface File {
  /** Below `/chat`. */
  readonly path: string
  readonly type: string
  readonly body: Buffer
  readonly etag: string
}

/** The names that modules import from packages, and the file of each. */
const packages: Readonly<Record<string, string>> = {
  'lit-html': 'lit-html/lit-html.js',
  'lit-html/directives/repeat.js': 'lit-html/directives/repeat.js',
  'openapi-fetch': 'openapi-fetch/dist/index.mjs',
  'eventsource-parser': 'eventsource-parser/dist/index.js',
}
/** What these files import in turn. */
const inner = ['lit-html/directive.js', 'lit-html/directive-helpers.js']

const checkout = new URL('../../../', import.meta.url)

/** The import map of the page, with paths relative to it. */
export const importMap = JSON.stringify({
  imports: Object.fromEntries(
    Object.entries(packages).map(([name, path]) => [name, `./chat/node_modules/${path}`]),
  ),
})

/** Reads every file. Throws if one is absent, or is TypeScript that cannot be stripped. */
export function readFiles(): readonly File[] {
  const own = ['src/web/chat/browser', 'src/web/chat/browser/views', 'openapi/client']
  const sources = own.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, checkout))
      .filter((name) => /\.(ts|css)$/.test(name))
      .map((name) => `${folder}/${name}`),
  )
  const libraries = [...Object.values(packages), ...inner]
  return [
    ...[...sources, 'openapi/client.ts'].map((path) => toFile(path, new URL(path, checkout))),
    ...libraries.map((path) => toFile(`node_modules/${path}`, findInstalled(path))),
  ]
}

function toFile(path: string, url: URL): File {
  const text = readFileSync(fileURLToPath(url), 'utf8')
  const body = Buffer.from(path.endsWith('.ts') ? withoutTypes(text) : text)
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
  const type = path.endsWith('.css') ? 'text/css' : 'text/javascript'
  return { path, type: `${type}; charset=utf-8`, body, etag }
}

/** Strips without Node's warning that the function is new: the operator can do nothing about it. */
function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** A file of a package, wherever npm has put the package. */
function findInstalled(path: string): URL {
  const [name = ''] = path.split('/')
  const [base] = import.meta.resolve(name).split(`/node_modules/${name}/`)
  return new URL(`${base}/node_modules/${path}`)
}
