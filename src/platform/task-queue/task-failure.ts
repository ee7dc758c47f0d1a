/**
 * A failure of a task with advice to the worker. Any other error is retried after a second, and then after
 * pauses that grow.
 */

interface Advice {
  /** `later`: the first pause is a minute. `never`: the task is given up at once. */
  readonly retry: 'later' | 'never'
  /** Whether an operator must act before a retry can succeed. */
  readonly needsOperator?: boolean
}

export class TaskFailure extends Error {
  override readonly name: string = 'TaskFailure'
  readonly retry: Advice['retry']
  readonly needsOperator: boolean

  constructor(message: string, { retry, needsOperator = false }: Advice) {
    super(message)
    this.retry = retry
    this.needsOperator = needsOperator
  }
}
