/**
 * Files for browsers: modules without a build step.
 *
 * Their URLs mirror the checkout, so relative imports work unchanged. Types become spaces (`stripTypeScriptTypes`),
 * so an error in the browser has the line and column of the source. A page maps the names of packages.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface File {
  /** Relative to the folder that the files are served below. */
  readonly path: string
  readonly type: string
  readonly body: Buffer
  readonly etag: string
}

export interface Sources {
  /** Folders of the checkout, without those in them. */
  readonly folders: readonly string[]
  /** Single files of the checkout. */
  readonly files?: readonly string[]
  /** Files of packages, e.g. `lit-html/lit-html.js`. */
  readonly libraries: readonly string[]
}

const checkout = new URL('../../', import.meta.url)

/** Reads every file. Throws if one is absent, or is TypeScript that cannot be stripped. */
export function readBrowserFiles({ folders, files = [], libraries }: Sources): readonly File[] {
  const sources = folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, checkout))
      .filter((name) => /\.(ts|css)$/.test(name))
      .map((name) => `${folder}/${name}`),
  )
  return [
    ...[...sources, ...files].map((path) => toFile(path, new URL(path, checkout))),
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
