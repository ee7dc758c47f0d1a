/**
 * `/problems/<code>`: where a problem's `type` leads. A page for a person in a browser, plain text
 * for one at a terminal, both straight from the catalogue.
 */

import { createHash } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { text } from '../strings.ts'
import { isProblemCode, type ProblemCode, problems } from './catalogue.ts'
import { Problem } from './problem.ts'

const style = `:root{color-scheme:light dark}
body{font:1.05rem/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1.5rem}
code{font:.95em ui-monospace,monospace;background:#8882;border-radius:.25em;padding:.1em .3em}
h1{line-height:1.25;margin:.2rem 0 1rem}dt{font-weight:600;margin-top:.8rem}dd{margin:0}
.status,footer{opacity:.7}footer{margin-top:3rem}`

/** Only the style above; its hash instead of permission for any inline style. */
const policy = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
].join('; ')

const page = {
  200: {
    description: 'A page for people',
    content: { 'text/html': { schema: z.string() }, 'text/plain': { schema: z.string() } },
  },
}
const tags = ['service']
const codes = Object.keys(problems) as ProblemCode[]

/** Adds `/problems` and `/problems/{code}`. */
export function problemPages(app: App): void {
  const list = {
    operationId: 'listProblems',
    tags,
    summary: 'Every problem there is',
    description: 'HTML for a browser, plain text for everybody else.',
  }
  app.get(
    '/problems',
    { schema: { ...list, response: page }, config: { open: true } },
    async (request, reply) => {
      if (!wantsHtml(request)) return asText(reply, codes.map(summarise).join('\n'))
      const rows = codes.map((code) => `<dt>${link(code)}</dt><dd>${problems[code].title}</dd>`)
      return asHtml(reply, 'Problems', `<h1>Problems</h1><dl>${rows.join('')}</dl>`)
    },
  )

  const one = {
    operationId: 'explainProblem',
    tags,
    summary: 'What a problem means',
    description: 'Where the `type` of a problem leads: HTML for a browser, else plain text.',
  }
  const params = z.strictObject({ code: text().meta({ example: 'email_taken' }) })
  app.get(
    '/problems/:code',
    {
      schema: { ...one, params, response: page },
      config: { open: true, problems: ['not_found'] },
    },
    async (request, reply) => {
      const { code } = request.params
      if (!isProblemCode(code))
        throw new Problem('not_found', { detail: 'No problem has this code.' })
      if (wantsHtml(request)) return asHtml(reply, problems[code].title, article(code))
      return asText(reply, `${summarise(code)}\n\n${problems[code].explanation}`)
    },
  )
}

function wantsHtml(request: FastifyRequest): boolean {
  return /\btext\/html\b/i.test(request.headers.accept ?? '')
}

function asText(reply: FastifyReply, body: string): string {
  mayBeKept(reply).type('text/plain; charset=utf-8')
  return `${body}\n`
}

function asHtml(reply: FastifyReply, title: string, body: string): string {
  mayBeKept(reply).header('Content-Security-Policy', policy).type('text/html; charset=utf-8')
  return `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title} · Epistle</title>
<style>${style}</style>
<main>${body}</main>
<footer><a href="/problems">All problems</a> · <a href="/docs">Documentation</a></footer></html>
`
}

/** The same for everybody, and only a new release changes it. */
function mayBeKept(reply: FastifyReply): FastifyReply {
  return reply.header('Cache-Control', 'public, max-age=3600').header('Vary', 'Accept, Origin')
}

function article(code: ProblemCode): string {
  const { title, explanation, status, retryAfter } = problems[code]
  const words = escapeHtml(explanation).replace(/`([^`]+)`/g, '<code>$1</code>')
  const later = retryAfter
    ? '<p>The answer says in <code>Retry-After</code> when to try again.'
    : ''
  return `<p class="status">${status} ${STATUS_CODES[status]} · <code>${code}</code>
<h1>${title}</h1><p>${words}${later}`
}

function link(code: ProblemCode): string {
  return `<a href="/problems/${code}"><code>${code}</code></a> ${problems[code].status}`
}

function summarise(code: ProblemCode): string {
  return `${code} (${problems[code].status}): ${problems[code].title}.`
}

function escapeHtml(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
