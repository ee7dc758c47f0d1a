/**
 * Bounds the bytes that are held in memory for each user, each client and all of them: the part of a body that
 * has arrived, and a response or the frames of a stream until the kernel has taken them.
 *
 * Beyond a bound, the oldest request of the same user or client loses its connection, so a client that reads
 * nothing cannot keep others behind the same address out. A client that sends and reads at an ordinary pace
 * holds next to nothing. Streams and bodies report what they hold by `request.hold`.
 */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { clientOf } from './rate-limiting.ts'
import { Shares } from './shares.ts'

export interface HeldBytesLimits {
  readonly perUser: number
  readonly perClient: number
  readonly total: number
}

/** A user's bound is 30 full pages, or seven batches of messages. */
export const defaultHeldBytes: HeldBytesLimits = {
  perUser: 8 * 2 ** 20,
  perClient: 32 * 2 ** 20,
  total: 256 * 2 ** 20,
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Sets how many bytes are held for this request. Closes connections where a bound is exceeded. */
    hold(bytes: number): void
  }
}

/** A request for which bytes are held. */
interface Holder {
  readonly client: string
  readonly user: string | undefined
  readonly socket: Socket
  readonly log: FastifyRequest['log']
}

/**
 * Adds `request.hold`, and holds each response of known length. Must come before the hooks that reject a
 * request, because a response that was held is released by a hook.
 */
export function limitHeldBytes(app: App, limits: HeldBytesLimits): void {
  const held = new HeldBytes(limits)
  app.decorateRequest('hold', function hold(this: FastifyRequest, bytes: number) {
    held.set(this, bytes)
  })
  // A response that still waits for an earlier one on its connection emits no `close`.
  app.server.on('connection', (socket) => socket.once('close', () => held.releaseAll(socket)))
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.on('close', () => held.release(request.raw))
    done()
  })
  app.addHook('onSend', (request, _reply, payload, done) => {
    const isWhole = typeof payload === 'string' || Buffer.isBuffer(payload)
    request.hold(isWhole ? Buffer.byteLength(payload) : 0)
    done()
  })
}

class HeldBytes {
  readonly #limits: HeldBytesLimits
  readonly #holders = new Map<IncomingMessage, Holder>()
  readonly #bySocket = new WeakMap<Socket, Set<IncomingMessage>>()
  readonly #byUser = new Shares<IncomingMessage>()
  readonly #byClient = new Shares<IncomingMessage>()

  constructor(limits: HeldBytesLimits) {
    this.#limits = limits
  }

  set(request: FastifyRequest, bytes: number): void {
    const { raw } = request
    if (bytes === 0 || raw.socket.destroyed) {
      this.release(raw)
      return
    }
    const { client, user } = this.#holders.get(raw) ?? this.#add(request)
    this.#byClient.set(client, raw, bytes)
    if (user) this.#byUser.set(user, raw, bytes)
    this.#enforce(client, user)
  }

  release(raw: IncomingMessage): void {
    const holder = this.#holders.get(raw)
    if (!holder) return
    this.#holders.delete(raw)
    this.#bySocket.get(holder.socket)?.delete(raw)
    this.#byClient.delete(holder.client, raw)
    if (holder.user) this.#byUser.delete(holder.user, raw)
  }

  releaseAll(socket: Socket): void {
    for (const raw of this.#bySocket.get(socket) ?? []) this.release(raw)
  }

  #add(request: FastifyRequest): Holder {
    const { raw, log, principal } = request
    const holder = { client: clientOf(request), user: principal?.userId, socket: raw.socket, log }
    this.#holders.set(raw, holder)
    const requests = this.#bySocket.get(raw.socket) ?? new Set()
    this.#bySocket.set(raw.socket, requests.add(raw))
    return holder
  }

  #enforce(client: string, user: string | undefined): void {
    const { perUser, perClient, total } = this.#limits
    while (user && this.#byUser.sizeOf(user) > perUser) this.#cut(this.#byUser, user)
    while (this.#byClient.sizeOf(client) > perClient) this.#cut(this.#byClient, client)
    while (this.#byClient.size > total) this.#cut(this.#byClient, this.#byClient.largest() ?? '')
  }

  /** Closes the connection of the oldest request of an owner. */
  #cut(shares: Shares<IncomingMessage>, owner: string): void {
    const oldest = shares.oldestOf(owner) as IncomingMessage
    const { socket, log, client, user } = this.#holders.get(oldest) as Holder
    log.info({ client, userId: user }, 'closed a connection: its client sends or reads too slowly')
    socket.destroy()
    this.release(oldest)
    this.releaseAll(socket)
  }
}
