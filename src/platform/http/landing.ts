/**
 * `GET /`: what this service is and where its documentation is. Browsers get a page, programs JSON. Where the server
 * has a front end, browsers get that at `/`, and this page at `/about`.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from './app.ts'
import { escapeHtml, prefersHtml, sendHtml } from './html.ts'

const about = z
  .strictObject({
    name: z.literal('Epistle'),
    version: z.string(),
    docs: z.string().meta({ description: 'The path of the documentation, for people' }),
    openapi: z.string().meta({ description: 'The path of the OpenAPI document' }),
  })
  .meta({ id: 'ServiceInfo' })

/** Adds the start page; `sendFrontEnd` sends another one to browsers. */
export function landingPage(
  app: App,
  version: string,
  sendFrontEnd?: (reply: FastifyReply) => FastifyReply,
): void {
  const sendAbout = (request: FastifyRequest, reply: FastifyReply) => {
    const body = content(version, `${request.protocol}://${hostOf(request)}`)
    return sendHtml(reply, { title: 'Start', body })
  }
  const hidden = { schema: { hide: true }, config: { open: true } } as const
  app.get('/about', hidden, async (request, reply) => sendAbout(request, reply))

  const schema = {
    operationId: 'getServiceInfo',
    tags: ['service'],
    summary: 'Get the version and the links to the documentation',
    description: 'HTML for browsers, JSON for all other clients.',
    response: {
      200: {
        description: 'The service',
        content: {
          'application/json': { schema: about },
          'text/html': { schema: z.string() },
        },
      },
    },
  }
  app.get('/', { schema, config: { open: true } }, async (request, reply) => {
    reply.header('Vary', 'Accept, Origin')
    if (prefersHtml(request, 'application/json')) {
      return sendFrontEnd ? sendFrontEnd(reply) : sendAbout(request, reply)
    }
    return { name: 'Epistle' as const, version, docs: '/docs', openapi: '/openapi.json' }
  })
}

/** The requested host, unless it contains characters that a shell would interpret. */
function hostOf({ host }: FastifyRequest): string {
  return /^[\w.:[\]-]+$/.test(host) ? host : 'localhost'
}

/** Its links are relative, so they also work behind a proxy that serves Epistle below a path. */
function content(version: string, baseUrl: string): string {
  const example =
    `curl -i ${baseUrl}/users \\\n` +
    `  -H 'Content-Type: application/json' \\\n` +
    `  -d '{"email": "ada@example.com", "username": "ada", "password": "a few unrelated words"}'`
  return `<h1>Epistle</h1>
<p>An HTTP API for user registration and messaging. Version ${escapeHtml(version)}.</p>
<dl>
<dt><a href="docs">Documentation</a></dt><dd>Browse all operations and try them out.</dd>
<dt><a href="openapi.json">OpenAPI document</a></dt><dd>The same for programs and code generators.</dd>
<dt><a href="problems">Problems</a></dt><dd>All error codes, with explanations.</dd>
<dt><a href="readyz">Health</a></dt><dd>Whether this server can take traffic.</dd>
</dl>
<p>Register a first user:</p>
<pre><code>${escapeHtml(example)}</code></pre>`
}
