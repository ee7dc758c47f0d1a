/**
 * Bodies: JSON in UTF-8 of at most 1 MiB, read for the routes that take one.
 *
 * Stricter than the framework: bytes that are no UTF-8 are refused, never replaced. And kinder: who
 * is answered before his body has arrived still gets to send it, because a client whose connection
 * closes under its hands reports a broken pipe and never sees the answer.
 */

import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { Problem } from './problems/problem.ts'

/** 100 messages of 10,000 characters at four bytes each would be four times that; nobody does it. */
export const bodyLimit = 1024 * 1024
/** What is read and thrown away before an answer: bounded, so that nobody keeps us reading. */
const drainBytes = 16 * bodyLimit
const drainMilliseconds = 10_000

/** Makes the server read bodies of every type itself. */
export function readBodies(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    const wanted = request.routeOptions.schema?.body !== undefined
    if (wanted) demandJson(request)
    const bytes = await read(payload)
    return wanted && bytes.length > 0 ? parse(bytes) : undefined
  })
  app.addHook('preValidation', (request, _reply, done) => {
    const missing = request.body === undefined && request.routeOptions.schema?.body
    done(missing ? new Problem('malformed_json', { detail: 'The body is empty.' }) : undefined)
  })
}

/** Reads the rest of a body and throws it away. False when there was more than we care to read. */
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

function demandJson(request: FastifyRequest): void {
  const { 'content-type': contentType, 'content-encoding': encoding } = request.headers
  const [type, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim())
  const utf8 = parameters.every((p) => !/^charset=/i.test(p) || /^charset="?utf-8"?$/i.test(p))
  if (type?.toLowerCase() !== 'application/json' || !utf8) {
    throw new Problem('unsupported_media_type', {
      detail: contentType ? 'The Content-Type is another one.' : 'The Content-Type is missing.',
    })
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Problem('unsupported_media_type', { detail: 'The body is compressed.' })
  }
}

function read(payload: IncomingMessage): Promise<Buffer> {
  if (Number(payload.headers['content-length']) > bodyLimit) throw new Problem('too_large')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    payload.on('data', take).once('end', succeed).once('error', fail)
    function take(chunk: Buffer) {
      chunks.push(chunk)
      size += chunk.length
      if (size > bodyLimit) settle(() => reject(new Problem('too_large')))
    }
    function succeed() {
      settle(() => resolve(Buffer.concat(chunks)))
    }
    function fail(cause: Error) {
      const detail = 'The body broke off.'
      settle(() => reject(new Problem('malformed_request', { detail, cause })))
    }
    function settle(done: () => void) {
      payload.off('data', take).off('end', succeed).off('error', fail)
      done()
    }
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (cause) {
    throw new Problem('malformed_json', {
      detail: 'The body could not be read as JSON in UTF-8.',
      cause,
    })
  }
}
