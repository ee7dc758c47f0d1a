/** The error of every bounded queue: of the writer's queues and of the semaphore. */

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
