/**
 * `npm run openapi`: writes `openapi.json` from the routes, and the client's `types.ts` from it.
 * It needs no database. A test fails when either file is stale.
 */

import { writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import type { EventStore } from '../src/platform/event-store/event-store.ts'
import { createLog } from '../src/platform/http/logging.ts'

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
    'types.ts': `// Generated from openapi.json by \`npm run openapi\`; do not edit.\n\n${types}`,
  }
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(await generate())) {
    await writeFile(new URL(name, import.meta.url), content)
  }
}
