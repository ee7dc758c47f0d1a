/**
 * The reference chat: its page, for `/`, and its files below `/chat`.
 *
 * The page's policy permits this server alone, no inline code but the import map, and HTML from strings for
 * lit-html's templates alone (trusted types). Browsers ask for each file again and get a 304.
 */

import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { App } from '../../platform/http/app.ts'
import { escapeHtml } from '../../platform/http/html.ts'
import { importMap, readFiles } from './files.ts'

const mapHash = createHash('sha256').update(importMap).digest('base64')

const policy = [
  `default-src 'none'; script-src 'self' 'sha256-${mapHash}'; style-src 'self'; connect-src 'self'`,
  `img-src 'self' data:; require-trusted-types-for 'script'; trusted-types lit-html`,
  `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
].join('; ')

const folder = 'chat/src/web/chat/browser'

/** Imported modules have no effect of their own, so the page begins with this one. */
const boot = `import { start } from '../${folder}/start.ts'\nstart()\n`

/** Adds the files. Returns a function that sends the page. */
export function chatFiles(app: App, productName: string): (reply: FastifyReply) => FastifyReply {
  const config = { open: true, headers: ['ETag'] } as const
  for (const { path, type, body, etag } of readFiles()) {
    app.get(`/chat/${path}`, { schema: { hide: true }, config }, (_request, reply) => {
      reply.headers({ 'Cache-Control': 'no-cache', ETag: etag })
      return reply.type(type).send(body)
    })
  }
  const open = { open: true } as const
  app.get('/chat/boot.js', { schema: { hide: true }, config: open }, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(boot),
  )
  return (reply) => {
    reply.header('Content-Security-Policy', policy).type('text/html; charset=utf-8')
    return reply.send(page(escapeHtml(productName)))
  }
}

function page(name: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${name}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="${folder}/chat.css">
<script type="importmap">${importMap}</script>
<script type="module" src="chat/boot.js"></script></head>
<body data-name="${name}"><noscript>The chat needs JavaScript. <a href="about">About this service</a></noscript></body>
</html>
`
}
