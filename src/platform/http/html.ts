/**
 * HTML pages: the one shell, style and escaping of all pages, and when a client gets HTML.
 *
 * Each page is sent with a Content-Security-Policy that permits exactly its own style and script, by
 * their hashes. The pages of `/docs` come from Swagger UI and set a policy of their own.
 */

import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface HtmlPage {
  /** Plain text; it is escaped. */
  readonly title: string
  /** HTML; its author escapes what it contains. */
  readonly body: string
  /** The name after the title: of the service as its users know it. Epistle when absent. */
  readonly product?: string
  /** A tag such as `de`; English when absent. */
  readonly language?: string
  /** JavaScript that may call this server, and no other. */
  readonly script?: string
}

const style = `:root{color-scheme:light dark;background:Canvas;color:CanvasText}
body{font:1.05rem/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1.5rem}
code{font:.95em ui-monospace,monospace;background:#8882;border-radius:.25em;padding:.1em .3em}
pre{background:#8882;border-radius:.25em;padding:.6em .8em;white-space:pre-wrap}pre code{background:none;padding:0}
h1{font-size:1.75rem;line-height:1.25;text-wrap:balance;margin:.2rem 0 1rem}dt{font-weight:600;margin-top:.8rem}dd{margin:0}
a{color:light-dark(#3949ab,#9fa8ff)}a code{color:inherit}
input,button{font:inherit;padding:.5em .75em;border:1px solid #868d9b;border-radius:.5em}
label,input{display:block}input{width:100%;max-width:26rem;box-sizing:border-box}
button{color:light-dark(#fff,#14162b);background:light-dark(#3949ab,#9fa8ff);border-color:#0000;font-weight:550}
.status,footer{color:light-dark(#565d6b,#a0a7b4)}footer{margin-top:3rem}`

/** Sends the page. */
export function sendHtml(reply: FastifyReply, page: HtmlPage): FastifyReply {
  const { title, body, product = 'Epistle', language = 'en', script } = page
  const policy = [
    `default-src 'none'; style-src '${hashOf(style)}'`,
    ...(script ? [`script-src '${hashOf(script)}'; connect-src 'self'`] : []),
    `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  ].join('; ')
  reply.header('Content-Security-Policy', policy).type('text/html; charset=utf-8')
  return reply.send(`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} · ${escapeHtml(product)}</title><style>${style}</style></head>
<body><main>${body}</main>${script ? `<script>${script}</script>` : ''}</body>
</html>
`)
}

/** Text as HTML, also inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/**
 * Whether `Accept` (RFC 9110, 12.5.1) prefers HTML to the other type that a route offers.
 *
 * Browsers list `text/html` above the wildcard, so they get HTML. The wildcard alone, which curl and most
 * libraries send, rates both types the same: then the other type wins, as programs can read it. A
 * client that accepts neither type gets the other one too, because any response beats a 406.
 */
export function prefersHtml(request: FastifyRequest, other: `${string}/${string}`): boolean {
  const accept = request.headers.accept ?? '*/*'
  return quality(accept, 'text/html') > quality(accept, other)
}

/** The `q` that `Accept` gives to a type: that of the most specific matching range; 0 without one. */
function quality(accept: string, type: string): number {
  const ranges = new Map(
    accept.split(',').map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
      return [name, Number(q) || 0]
    }),
  )
  return ranges.get(type) ?? ranges.get(type.replace(/\/.*/, '/*')) ?? ranges.get('*/*') ?? 0
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
