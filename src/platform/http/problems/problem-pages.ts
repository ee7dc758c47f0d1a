/**
 * `/problems` lists the problems that the server can send, and `/problems/<code>` explains one: the `type` of a problem
 * leads there. Browsers get HTML and other clients plain text, both in the words of the server.
 */

import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { escapeHtml, prefersHtml, sendHtml } from '../html.ts'
import { text } from '../strings.ts'
import { isProblemCode, type ProblemCode, type Problems } from './catalogue.ts'
import { Problem } from './problem.ts'

const response = {
  200: {
    description: 'A page for people',
    content: { 'text/html': { schema: z.string() }, 'text/plain': { schema: z.string() } },
  },
}
const description = 'HTML for browsers, plain text for all other clients.'
const tags = ['service']
const open = { open: true, withoutToken: true }

/** Adds `/problems` and `/problems/{code}`. `codes` are those that the server can send; by default, all. */
export function problemPages(
  app: App,
  codes: () => readonly ProblemCode[] = () => Object.keys(app.problems) as ProblemCode[],
): void {
  const { problems } = app
  const summary = 'List all problems'
  const list = { operationId: 'listProblems', tags, summary, description, response }
  app.get('/problems', { schema: list, config: open }, async (request, reply) => {
    const items = codes().map((code) => toListItem(problems, code))
    return send(request, reply, {
      title: 'Problems',
      html: `<h1>Problems</h1><dl>${items.join('')}</dl>`,
      text: codes()
        .map((code) => summarize(problems, code))
        .join('\n'),
      root: './',
    })
  })

  const explain = {
    operationId: 'explainProblem',
    tags,
    summary: 'Explain a problem',
    description: `The \`type\` of a problem leads here. ${description}`,
    params: z.strictObject({ code: text().meta({ example: 'not_found' }) }),
    response,
  }
  const config = { ...open, problems: ['not_found'] } as const
  app.get('/problems/:code', { schema: explain, config }, async (request, reply) => {
    const { code } = request.params
    if (!isProblemCode(code) || !codes().includes(code)) {
      const detail = 'No problem has this code. `/problems` lists all codes.'
      throw new Problem('not_found', { detail })
    }
    return send(request, reply, {
      title: problems[code].title,
      html: toArticle(problems, code),
      text: `${summarize(problems, code)}\n\n${problems[code].explanation}`,
      root: '../',
    })
  })
}

interface Page {
  readonly title: string
  readonly html: string
  readonly text: string
  /** The way to the start page. Links are relative, so they also work behind a proxy that serves Epistle below a path. */
  readonly root: './' | '../'
}

function send(request: FastifyRequest, reply: FastifyReply, { title, html, text, root }: Page) {
  // The same for every client, and only a new release changes it.
  reply.header('Cache-Control', 'public, max-age=3600').header('Vary', 'Accept, Origin')
  if (!prefersHtml(request, 'text/plain')) {
    return reply.type('text/plain; charset=utf-8').send(`${text}\n`)
  }
  const links = [
    `<a href="${root}problems">All problems</a>`,
    `<a href="${root}docs">Documentation</a>`,
    `<a href="${root}">Start</a>`,
  ].join(' · ')
  return sendHtml(reply, { title, body: `${html}<footer>${links}</footer>` })
}

function toArticle(problems: Problems, code: ProblemCode): string {
  const { title, explanation, status, retryAfter } = problems[code]
  const formatted = escapeHtml(explanation).replace(/`([^`]+)`/g, '<code>$1</code>')
  const retry = retryAfter
    ? '<p><code>Retry-After</code> contains the number of seconds to wait before a retry.</p>'
    : ''
  return `<p class="status">${status} ${STATUS_CODES[status]} · <code>${code}</code></p>
<h1>${escapeHtml(title)}</h1><p>${formatted}</p>${retry}`
}

function toListItem(problems: Problems, code: ProblemCode): string {
  const { status, title } = problems[code]
  const link = `<a href="./problems/${code}"><code>${code}</code></a>`
  return `<dt>${link} ${status}</dt><dd>${escapeHtml(title)}</dd>`
}

function summarize(problems: Problems, code: ProblemCode): string {
  return `${code} (${problems[code].status}): ${problems[code].title}.`
}
