/** The files of the chat for browsers. `../browser-files.ts` strips their types; the chat's page maps the packages. */

import { type File, readBrowserFiles } from '../browser-files.ts'

/** The names that modules import from packages, and the file of each. */
const packages: Readonly<Record<string, string>> = {
  'lit-html': 'lit-html/lit-html.js',
  'lit-html/directives/repeat.js': 'lit-html/directives/repeat.js',
  'openapi-fetch': 'openapi-fetch/dist/index.mjs',
  'eventsource-parser': 'eventsource-parser/dist/index.js',
}
/** What these files import in turn. */
const inner = ['lit-html/directive.js', 'lit-html/directive-helpers.js']

/** The import map of the page, with paths relative to it. */
export const importMap = JSON.stringify({
  imports: Object.fromEntries(
    Object.entries(packages).map(([name, path]) => [name, `./chat/node_modules/${path}`]),
  ),
})

/** Reads every file, with paths below `/chat`. Throws if one is absent, or is TypeScript that cannot be stripped. */
export function readFiles(): readonly File[] {
  return readBrowserFiles({
    folders: ['src/web/chat/browser', 'src/web/chat/browser/views', 'openapi/client'],
    files: ['openapi/client.ts'],
    libraries: [...Object.values(packages), ...inner],
  })
}
