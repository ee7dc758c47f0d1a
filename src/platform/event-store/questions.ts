/**
 * Questions: what a command asks a read table in the statement that appends its events, so that it needs no round
 * trip of its own for the answer. One question is answered for all requests of a batch.
 *
 * An answer is from the snapshot of the statement, before the append and before it waits for the append lock. So it
 * contains nothing that is recorded at the same time. What must hold when an event is recorded is an expectation
 * (`Decision.expects`).
 */

import { arrayParameter } from '../postgres/binary-array.ts'

/** A question about a pair of ids, such as those of two users. */
export interface Question {
  /** A word that is unique in the OS process. */
  readonly name: string
  /** An SQL expression of the uuids `asked.a` and `asked.b`. Its value, as text, contains no comma, quote or brace. */
  readonly answer: string
}

/** A question about each of these pairs of ids. */
export interface Asked {
  readonly question: Question
  readonly pairs: readonly (readonly [a: string, b: string])[]
}

/** Null where the value is. */
export type Answers = readonly (string | null)[]

interface Asking {
  readonly asks?: Asked | undefined
}

/** The question of a batch. */
export interface BatchQuestion {
  readonly question: Question
  /** Whether the two values are the ids of the only pair. Otherwise they are arrays, as PostgreSQL reads them. */
  readonly isOfOnePair: boolean
  readonly values: readonly [string | Buffer, string | Buffer]
}

/** Undefined if no request of the batch asks anything. */
export function questionOf(requests: readonly Asking[]): BatchQuestion | undefined {
  let question: Question | undefined
  const [as, bs]: [string[], string[]] = [[], []]
  for (const { asks } of requests) {
    if (!asks) continue
    question ??= asks.question
    if (question !== asks.question) throw new Error('the requests of a batch ask two questions')
    for (const [a, b] of asks.pairs) {
      as.push(a)
      bs.push(b)
    }
  }
  if (!question) return undefined
  const [[a, another], [b]] = [as, bs]
  if (a !== undefined && b !== undefined && another === undefined) {
    return { question, isOfOnePair: true, values: [a, b] }
  }
  return {
    question,
    isOfOnePair: false,
    values: [arrayParameter('uuid', as), arrayParameter('uuid', bs)],
  }
}

/**
 * The statement that calls a function with `count` parameters. A question adds its two values to the parameters.
 * Its look-up is one by key for each pair, in a plan that the connection keeps; a join would be planned at each call.
 * One pair has a statement of its own: without arrays it costs the database 6 µs less.
 */
export function statementOf(name: string, call: string, count: number, asked?: BatchQuestion) {
  if (!asked) return { name, text: `select ${call} as results` }
  const { question, isOfOnePair } = asked
  const [a, b] = [`$${count + 1}`, `$${count + 2}`]
  const pairs = isOfOnePair
    ? `(select ${a}::uuid, ${b}::uuid)`
    : `unnest(${a}::uuid[], ${b}::uuid[])`
  const rows = `(select ${question.answer} from ${pairs} as asked (a, b))`
  return {
    name: `${name}:${question.name}${isOfOnePair ? ':one' : ''}`,
    text: `select ${call} as results, ${isOfOnePair ? rows : `array${rows}`}::text as answers`,
  }
}

/** Takes the answers of each request, in order, from what the statement returned for those of a batch. */
export function distributeAnswers(
  { isOfOnePair }: BatchQuestion,
  answers: string | null,
): (request: Asking) => Answers | undefined {
  if (isOfOnePair) return ({ asks }) => asks?.pairs.map(() => answers)
  const all = answers?.slice(1, -1).split(',') ?? []
  let next = 0
  return ({ asks }) =>
    asks?.pairs.map(() => {
      const answer = all[next++]
      return answer === undefined || answer === 'NULL' ? null : answer
    })
}
