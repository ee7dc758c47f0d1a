/**
 * `npm run openapi`: writes `openapi.json` from the routes, from it the client's types and the list of the operations that take
 * a key, and `export.md`. It needs no database. A test fails when one of the files is stale.
 */

import { writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import type { EventStore } from '../src/platform/event-store/event-store.ts'
import { createLog } from '../src/platform/http/logging.ts'
import { exportPage } from './export-page.ts'

/** The current content of the generated files, by name. */
export async function generate(): Promise<Record<string, string>> {
  const unused = () => {
    throw new Error('generating the document must not use the database')
  }
  const app = await buildApp({
    config: loadConfig({}),
    pool: { query: unused } as never,
    sessionPool: { query: unused } as never,
    store: {
      load: unused,
      find: unused,
      append: unused,
      appendAll: unused,
    } satisfies EventStore,
    languages: [],
    notifications: unused,
    log: createLog('silent'),
    isStopping: () => false,
    mayRead: () => true,
  })
  const document = app.swagger()
  await app.close()
  const types = astToString(await openapiTS(document as never))
  return {
    'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'export.md': exportPage(),
    'types.ts': `${generatedBy}\n\n${types}`,
    'client/keyed-operations.ts': `${generatedBy}\n\n${listKeyed(document as Document)}`,
  }
}

const generatedBy = '// Generated from openapi.json by `npm run openapi`; do not edit.'

interface Document {
  readonly paths: Record<string, Record<string, { parameters?: { in: string; name: string }[] }>>
}

/** A module with the operations that take an `Idempotency-Key`. */
function listKeyed({ paths }: Document): string {
  const keyed = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { parameters }]) =>
        parameters?.some(({ name }) => /^idempotency-key$/i.test(name)),
      )
      .map(([method]) => `  '${method.toUpperCase()} ${path}',\n`),
  )
  return `export const keyedOperations: ReadonlySet<string> = new Set([\n${keyed.join('')}])\n`
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(await generate())) {
    await writeFile(new URL(name, import.meta.url), content)
  }
}
