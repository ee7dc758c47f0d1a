/**
 * Request bodies: JSON in UTF-8, for the routes that take one. A route whose bodies can be larger than 16 KiB
 * has a `bodyLimit` of its own.
 *
 * Fastify's own parser replaces invalid UTF-8; here it is rejected. Fastify also closes the connection
 * of a body that is too large: the client then reports a broken pipe and never sees the response.
 * Here the rest of the body is read and discarded before the response.
 */

import type { IncomingMessage } from 'node:http'
import { MIMEType } from 'node:util'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import type { Fault } from './problems/field-faults.ts'
import { Problem } from './problems/problem.ts'

/** Twice as many bytes as the largest body without a message: two passwords with every character escaped. */
export const bodyLimit = 16 * 1024
/** Limits of what is read and discarded before a response, so that no client can occupy a server. */
const drainBytes = 16 * 1024 * 1024
const drainMilliseconds = 10_000
const emptyBody = 'The body is empty. Send a JSON object.'

/** Replaces the framework's body parsers. */
export function readBodies(app: App): void {
  app.removeAllContentTypeParsers()
  // The framework would reject an unreadable type even where no body is expected.
  app.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
    const type = headers['content-type']
    if (type !== undefined && !essenceOf(type)) delete headers['content-type']
    done()
  })
  // The framework would parse the type again for each body if only `*` matched it.
  const types = ['application/json', '*']
  app.addContentTypeParser(types, (request: FastifyRequest, payload: IncomingMessage, done) => {
    const expected = request.routeOptions.schema?.body !== undefined
    if (expected) requireJson(request)
    read(request, payload, (read) => {
      const body = expected && read instanceof Buffer ? parse(read) : read
      if (body instanceof Problem) done(body)
      else done(null, expected ? body : undefined)
    })
  })
  app.addHook('preValidation', (request, _reply, done) => {
    const missing = request.body === undefined && request.routeOptions.schema?.body
    done(missing ? new Problem('malformed_json', { detail: emptyBody }) : undefined)
  })
}

/** Reads and discards the rest of a body. False when it exceeds `drainBytes` or takes too long. */
export async function drain(raw: IncomingMessage): Promise<boolean> {
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  if ((length === undefined || length === '0') && encoding === undefined) return true
  if (raw.readableEnded || raw.destroyed) return raw.readableEnded
  return new Promise((resolve) => {
    let left = drainBytes
    const timer = setTimeout(finish, drainMilliseconds)
    function finish() {
      clearTimeout(timer)
      raw.off('data', count).off('end', finish).off('close', finish).off('error', finish)
      resolve(raw.readableEnded)
    }
    function count(chunk: Buffer) {
      left -= chunk.length
      if (left < 0) finish()
    }
    raw.on('data', count).once('end', finish).once('close', finish).once('error', finish)
    raw.resume()
  })
}

/**
 * Checks the type and the content coding. Parameters do not count: JSON is always UTF-8 (RFC 8259, 8.1 and 11),
 * and clients send any charset.
 */
function requireJson({ headers }: FastifyRequest): void {
  if (essenceOf(headers['content-type']) !== 'application/json') {
    throw new Problem('unsupported_media_type', {
      detail: 'Send `Content-Type: application/json`.',
      errors: [{ parameter: 'Content-Type', ...onlyValue('application/json') }],
    })
  }
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim())
  if (!codings.every((coding) => coding === '' || coding.toLowerCase() === 'identity')) {
    throw new Problem('unsupported_media_type', {
      detail: 'Send the body without compression (no `Content-Encoding`).',
      errors: [{ parameter: 'Content-Encoding', ...onlyValue('identity') }],
      headers: { 'Accept-Encoding': 'identity' },
    })
  }
}

/** The fault of a header that can have only this value. */
function onlyValue(value: string): Fault {
  return { code: 'not_one_of', params: { values: [value] }, message: `expected ${value}` }
}

/** The type without its parameters, in lower case, by the WHATWG's parser; undefined when there is none. */
function essenceOf(contentType: string | undefined): string | undefined {
  if (contentType === 'application/json') return contentType
  try {
    return new MIMEType(contentType ?? '').essence
  } catch {
    return undefined
  }
}

/** Reads the whole body. By events: an iterator takes several microseconds longer. */
function read(
  request: FastifyRequest,
  payload: IncomingMessage,
  done: (read: Buffer | Problem) => void,
): void {
  const { bodyLimit: limit } = request.routeOptions
  const chunks: Buffer[] = []
  let size = 0
  function finish(read: Buffer | Problem) {
    payload.off('data', add).off('end', end).off('close', abort).off('error', abort)
    done(read)
  }
  function add(chunk: Buffer) {
    size += chunk.length
    if (size > limit) return refuse()
    chunks.push(chunk)
    request.hold(size)
  }
  /** Not destroyed: `drain` reads on, and the response needs the connection. */
  function refuse() {
    payload.pause()
    finish(tooLarge(limit))
  }
  const end = () => finish(Buffer.concat(chunks))
  const abort = (cause?: Error) => finish(interrupted(cause))
  if (Number(payload.headers['content-length']) > limit) refuse()
  else if (payload.destroyed) abort()
  else payload.on('data', add).on('end', end).on('close', abort).on('error', abort)
}

function interrupted(cause: Error | undefined): Problem {
  const detail = 'The connection closed before the whole body arrived.'
  return new Problem('malformed_request', { detail, cause })
}

function tooLarge(limit: number): Problem {
  const bytes = limit.toLocaleString('en')
  return new Problem('too_large', { detail: `Send a body of at most ${bytes} bytes.` })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The value; undefined for an empty body. Returns a Problem where there is no value. */
function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (cause) {
    return new Problem('malformed_json', { detail: 'The body is not valid JSON in UTF-8.', cause })
  }
}
