/**
 * The console for operators: one page at `/console` and every path below it, and its files at `/console/files`.
 *
 * The page and the files contain no data, so they need no token; the page asks for it when the API requires it. As the
 * page is served at every depth, its links begin with the way back to the root of the port. Its policy permits this
 * server alone, no inline code but the import map, and HTML from strings for lit-html's templates alone.
 */

import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../platform/http/app.ts'
import { importMapFrom, readFiles } from './files.ts'

const browser = 'src/web/console/browser'

/** Imported modules have no effect of their own, so the page begins with this one. */
const boot = `import { start } from './${browser}/start.ts'\nstart()\n`

const open = { open: true, withoutToken: true, quiet: true } as const

/** Adds the page, its files, and a redirect from `/`. */
export function consoleRoutes(app: App): void {
  const hidden = { schema: { hide: true }, config: open } as const
  for (const { path, type, body, etag } of readFiles()) {
    const config = { ...open, headers: ['ETag'] as const }
    app.get(`/console/files/${path}`, { ...hidden, config }, (_request, reply) => {
      reply.headers({ 'Cache-Control': 'no-cache', ETag: etag })
      return reply.type(type).send(body)
    })
  }
  app.get('/console/files/boot.js', hidden, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(boot),
  )
  app.get('/', hidden, (_request, reply) => reply.redirect('console'))
  app.get('/console', hidden, sendPage)
  app.get('/console/*', hidden, sendPage)
}

function sendPage({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ''] = url.split('?')
  const root = '../'.repeat(path.split('/').length - 2) || './'
  const importMap = importMapFrom(`${root}console/files`)
  reply.header('Content-Security-Policy', policyFor(importMap)).type('text/html; charset=utf-8')
  return reply.send(page(root, importMap))
}

function policyFor(importMap: string): string {
  const hash = createHash('sha256').update(importMap).digest('base64')
  return [
    `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; connect-src 'self'`,
    `img-src data:; require-trusted-types-for 'script'; trusted-types lit-html`,
    `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  ].join('; ')
}

function page(root: string, importMap: string): string {
  const files = `${root}console/files`
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Epistle console</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="${files}/${browser}/console.css">
<script type="importmap">${importMap}</script>
<script type="module" src="${files}/boot.js"></script></head>
<body data-root="${root}"><noscript>The console needs JavaScript. <a href="${root}docs">The API of this port</a></noscript></body>
</html>
`
}
