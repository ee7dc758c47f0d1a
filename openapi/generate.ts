/**
 * `npm run openapi`: writes `openapi.json` from the routes, and the client's `types.ts` from it.
 * Needs no database; a test fails when either file is stale.
 */

import { writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import type { EventStore } from '../src/platform/event-store/event-store.ts'
import { createLog } from '../src/platform/http/logging.ts'

/** The generated files, by name, as they should be now. */
export async function generate(): Promise<Record<string, string>> {
  const nothing = () => {
    throw new Error('describing the operations needs no database')
  }
  const app = await buildApp({
    config: loadConfig({}),
    pool: { query: nothing } as never,
    store: {
      load: nothing,
      find: nothing,
      append: nothing,
      appendAll: nothing,
    } satisfies EventStore,
    notifications: nothing,
    log: createLog('silent'),
    isStopping: () => false,
    mayRead: () => true,
  })
  const document = app.swagger()
  await app.close()
  const types = astToString(await openapiTS(document as never))
  return {
    'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'types.ts': `// Generated from openapi.json by \`npm run openapi\`; not to be edited.\n\n${types}`,
  }
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(await generate())) {
    await writeFile(new URL(name, import.meta.url), content)
  }
}
