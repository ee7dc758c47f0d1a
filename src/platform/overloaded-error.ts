/** The errors of bounded queues: of the writer's queues and of the fair queue. */

/** The queue is full. The work was rejected before it began, so the caller can retry. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
  readonly code = 'overloaded'
  /** The detail of the problem response. */
  readonly reason = 'The queue is full; nothing was done.'

  constructor(waiting: number) {
    super(`the queue is full with ${waiting} waiting; retry later`)
  }
}

/** The client closed its connection while its work waited, so the work never began. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'
  /** The response reaches no client; the log shows that the client gave up waiting. */
  readonly code = 'overloaded'

  constructor() {
    super('the client closed its connection while its request waited; nothing was done')
  }
}

/** One client or user already has as much work waiting as it may. The work never began. */
export class TooManyWaitingError extends Error {
  override readonly name = 'TooManyWaitingError'
  readonly code = 'too_many_requests'
  /** The name of the limit in the response. */
  readonly limit: string
  /** How much work may run and wait at a time. */
  readonly quota: number

  constructor(limit: string, quota: number) {
    super(`${quota} requests of one caller run and wait already (${limit}); retry later`)
    this.limit = limit
    this.quota = quota
  }
}
