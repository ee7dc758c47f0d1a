// Writes a client by each generator: `node generate.ts <document> <folder> <URL of the server>`.
import { join } from 'node:path'
import { createClient } from '@hey-api/openapi-ts'
import { build } from '@kubb/core'
import { pluginClient } from '@kubb/plugin-client'
import { pluginOas } from '@kubb/plugin-oas'
import { pluginTs } from '@kubb/plugin-ts'
import { generate } from 'orval'

const [document = '', folder = '', baseUrl = ''] = process.argv.slice(2)

await createClient({
  input: document,
  output: join(folder, 'hey-api'),
  logs: { level: 'silent', file: false },
})

await generate(
  {
    input: { target: document },
    output: {
      target: join(folder, 'orval/operations.ts'),
      schemas: join(folder, 'orval/model'),
      client: 'fetch',
      mode: 'split',
      headers: true,
      baseUrl,
    },
  },
  folder,
)

// Kubb writes to a folder below the working directory, and checks the document by the schema of OpenAPI 3.1.
process.chdir(folder)
const { error, failedPlugins } = await build({
  config: {
    root: '.',
    input: { path: document },
    output: { path: 'kubb', barrelType: 'named', extension: { '.ts': '' } },
    plugins: [
      pluginOas({ generators: [], validate: true }),
      pluginTs({ output: { path: 'types' }, enumType: 'literal' }),
      pluginClient({
        output: { path: 'clients' },
        importPath: '../../../kubb-fetch',
        dataReturnType: 'full',
        paramsType: 'object',
      }),
    ],
  },
})
if (error || failedPlugins.size > 0) throw error ?? new Error('Kubb failed')
