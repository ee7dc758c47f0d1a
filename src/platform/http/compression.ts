/**
 * Compression of lists and of the OpenAPI document, by what `Accept-Encoding` prefers: Brotli or gzip.
 *
 * Of all other responses, only a successful one to GET or HEAD whose schema is a list is compressed, as a whole, once
 * it is complete. So a live stream is never held back, and no token is ever compressed beside what another user wrote: tokens are in
 * no list (BREACH). But a list mixes messages of several users, and its compressed length depends on what repeats
 * in it. A user who can observe the lengths of another user's encrypted responses could send guesses to that user,
 * and measure. A header of random length makes this take hundreds of times as many guesses; Django does the same.
 */

import { createHash, randomBytes, randomInt } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type {
  FastifyReply,
  FastifyRequest,
  onSendAsyncHookHandler,
  onSendHookHandler,
} from 'fastify'
import Negotiator from 'negotiator'
import { z } from 'zod'
import type { App } from './app.ts'

/** A shorter response fits into one packet anyway; bytes. */
const threshold = 1024

/**
 * A page of 50 messages (16.7 kB) becomes 4.6 kB by either. Measured on Node 24: 60 µs of the thread that runs
 * JavaScript, 140 µs in all; better qualities save another 5 % and cost twice as much. `@fastify/compress`, which
 * works by streams, takes 250 µs and more of that thread.
 */
const codings = {
  br: (text: string, done: Done) => brotliCompress(text, { params: brotli }, done),
  gzip: (text: string, done: Done) => gzip(text, { level: 2 }, done),
}
/** The window of 256 KiB is that of the longest page. */
const brotli = { [constants.BROTLI_PARAM_QUALITY]: 2, [constants.BROTLI_PARAM_LGWIN]: 18 }

type Done = (error: Error | null, compressed: Buffer) => void
type Coding = keyof typeof codings

const preferences: (Coding | 'identity')[] = ['br', 'gzip', 'identity']

/** The types of the library lack its `preferred`: the order among codings that the client likes equally. */
interface Encodings {
  encoding(available: string[], options: { preferred: string[] }): string | undefined
}

/** Compresses the lists among the routes. Call it before the first route is added. */
export function compressLists(app: App): void {
  app.addHook('onRoute', (route) => {
    const { method, schema, onSend = [] } = route
    if ((method === 'GET' || method === 'HEAD') && isList(schema?.response)) {
      // First, because the framework's own hook for HEAD removes the body.
      route.onSend = [compress, onSend].flat()
    }
  })
}

function isList(responses: unknown): boolean {
  const success = (responses as Record<string, unknown> | undefined)?.[200]
  return success instanceof z.ZodObject && 'items' in success.shape
}

const compress: onSendHookHandler<unknown> = (request, reply, payload, done) => {
  vary(reply)
  const coding = codingOf(request)
  // A strong entity tag is that of the bytes without a content coding (RFC 9110, 8.8.3.3). Problems are no strings.
  const isAsIs = reply.hasHeader('etag') || typeof payload !== 'string'
  if (!coding || isAsIs || payload.length < threshold) return done(null, payload)
  codings[coding](payload, (error, compressed) => {
    if (error) return done(error)
    request.hold(compressed.byteLength)
    reply.header('Content-Encoding', coding).header('Epistle-Padding', padding())
    done(null, compressed)
  })
}

/** How a route sends a text that is public and does not change while the server runs. */
export interface PublicText {
  /** Sends the text, with an entity tag for each content coding of it (RFC 9110, 8.8.3.3). */
  send(request: FastifyRequest, reply: FastifyReply): FastifyReply
  /** For the route: compresses the text after the conditions of the request are evaluated. */
  readonly onSend: onSendAsyncHookHandler
}

/**
 * Makes the text at the first request, and compresses it once for each coding. It needs no padding, because it is
 * public.
 */
export function publicText(make: () => string): PublicText {
  const text = once(make)
  const hash = once(() => createHash('sha256').update(text()).digest('base64url'))
  const compressed = {
    br: once(() => thorough.br(text())),
    gzip: once(() => thorough.gzip(text())),
  }
  return {
    send(request, reply) {
      const coding = codingOf(request)
      vary(reply)
      return reply.header('ETag', `"${hash()}${coding ? `.${coding}` : ''}"`).send(text())
    },
    async onSend(request, reply, payload) {
      const coding = payload === text() ? codingOf(request) : undefined
      if (!coding) return payload
      reply.header('Content-Encoding', coding)
      return await compressed[coding]()
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The OpenAPI document, 134 kB, becomes 14 kB in 60 ms; the best quality takes 400 ms and saves 1 kB. */
const thorough = {
  br: (text: string) =>
    promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (text: string) => promisify(gzip)(text, { level: 9 }),
}

function vary(reply: FastifyReply): void {
  const others = reply.getHeader('vary')
  reply.header('Vary', others === undefined ? 'Accept-Encoding' : `${others}, Accept-Encoding`)
}

/** The preferred coding; undefined for none. */
function codingOf({ headers }: FastifyRequest): Coding | undefined {
  if (headers['accept-encoding'] === undefined) return undefined
  const negotiator: Encodings = new Negotiator({ headers })
  const coding = negotiator.encoding(preferences, { preferred: preferences })
  return coding === 'br' || coding === 'gzip' ? coding : undefined
}

/** 1 to 64 random characters: the same ones would be one byte each time to the compression of headers in HTTP/2. */
function padding(): string {
  return randomBytes(48).toString('base64url').slice(0, randomInt(1, 65))
}
