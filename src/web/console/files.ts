/** The files of the console for browsers. `../browser-files.ts` strips their types; the console's page maps the packages. */

import { type File, readBrowserFiles } from '../browser-files.ts'

/** The names that modules import from packages, and the file of each. */
const packages: Readonly<Record<string, string>> = {
  'eventsource-parser': 'eventsource-parser/dist/index.js',
  'lit-html': 'lit-html/lit-html.js',
  'openapi-fetch': 'openapi-fetch/dist/index.mjs',
}

/** The import map of a page. `folder` leads from the page to the files. */
export function importMapFrom(folder: string): string {
  const toUrl = ([name, path]: [string, string]) => [name, `${folder}/node_modules/${path}`]
  return JSON.stringify({ imports: Object.fromEntries(Object.entries(packages).map(toUrl)) })
}

/** Reads every file. Throws if one is absent, or is TypeScript that cannot be stripped. */
export function readFiles(): readonly File[] {
  return readBrowserFiles({
    folders: ['src/web/console/browser', 'src/web/console/browser/views'],
    libraries: Object.values(packages),
  })
}
