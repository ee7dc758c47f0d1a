/**
 * `/openapi.json`, and `/docs`: Swagger UI for the same document, without external files. The page
 * needs scripts and styles, so it has its own Content-Security-Policy.
 */

import swaggerUi from '@fastify/swagger-ui'
import type { App } from '../app.ts'
import { publicText } from '../compression.ts'
import { prefill } from './docs-prefill.ts'
import { docsScript } from './docs-script.ts'

/** Allows only the page's own files. Swagger UI needs `unsafe-inline` to style elements. */
const policy = [
  `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:`,
  `connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
].join('; ')

const envelope =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#4a5ad0"' +
  ' stroke-width="1.5"><rect x="1.5" y="3.5" width="13" height="9" rx="1"/>' +
  '<path d="m2 4 6 5 6-5"/></svg>'

/**
 * Hides a bar for other documents, the list of servers, which has one, the column of links, which is always empty and
 * wider than a phone, and the link to the document with filled forms.
 */
const style = `.swagger-ui :is(.topbar, .response-col_links, .info .main > .link) { display: none }
.swagger-ui .scheme-container .schemes .schemes-server-container { display: none }
.swagger-ui .info { margin: 30px 0 }
.swagger-ui .scheme-container { padding: 15px 0 }`

/** A token is sent without the session cookie, which the browser can have from a login on another page. */
const withoutSecondToken = (request: { headers: Record<string, string>; credentials?: string }) => {
  if (request.headers.Authorization) request.credentials = 'omit'
  return request
}

/** Runs in the browser, where `docs-script.ts` defines the plugin. */
const addToPage = (system: unknown) =>
  (globalThis as unknown as { epistleDocs(system: unknown): object }).epistleDocs(system)

/** Adds the document and the page; both are open, on the admin port, too. */
export function docsPage(app: App, title: string): void {
  const config = { open: true, withoutToken: true, headers: ['ETag'] } as const
  const document = publicText(() => JSON.stringify(app.swagger()))
  const { onSend } = document
  app.get('/openapi.json', { schema: { hide: true }, config, onSend }, (request, reply) => {
    reply.header('Cache-Control', 'no-cache').type('application/json; charset=utf-8')
    return document.send(request, reply)
  })
  app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      // Below `/docs/` are the page's own files.
      const quiet = route.url.startsWith('/docs/')
      route.config = { ...route.config, open: true, withoutToken: true, quiet }
    })
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      // The page's links are relative to `/docs`, not to the root of a proxy.
      indexPrefix: '.',
      staticCSP: policy,
      transformSpecification: prefill,
      theme: {
        title,
        js: [{ filename: 'epistle.js', content: docsScript }],
        css: [{ filename: 'epistle.css', content: style }],
        favicon: [
          {
            filename: 'epistle.svg',
            rel: 'icon',
            type: 'image/svg+xml',
            sizes: 'any',
            content: envelope,
          },
        ],
      },
      uiConfig: {
        docExpansion: 'list',
        // A hundred schemas, each of which its operations show as well.
        defaultModelsExpandDepth: 0,
        tryItOutEnabled: true,
        persistAuthorization: false,
        requestInterceptor: withoutSecondToken as never,
        plugins: [addToPage],
      },
    })
  })
}
