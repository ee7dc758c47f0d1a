/**
 * Questions: what a command asks a read table in the statement that appends its events, so that it needs no round
 * trip of its own for the answer. One question is answered for all requests of a batch.
 *
 * An answer is from the snapshot of the statement, before the append and before it waits for the append lock. So it
 * contains nothing that is recorded at the same time. What must hold when an event is recorded is an expectation
 * (`Decision.expects`).
 */

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

/** The question of a batch, and its two arrays of ids as PostgreSQL reads them. */
export interface BatchQuestion {
  readonly question: Question
  readonly values: readonly [string, string]
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
  return question && { question, values: [`{${as.join()}}`, `{${bs.join()}}`] }
}

/**
 * The statement that calls a function with `count` parameters. A question adds its two arrays to the parameters.
 * Its look-up is one by key for each pair, in a plan that the connection keeps; a join would be planned at each call.
 */
export function statementOf(name: string, call: string, count: number, question?: Question) {
  if (!question) return { name, text: `select ${call} as results` }
  const pairs = `unnest($${count + 1}::uuid[], $${count + 2}::uuid[]) as asked (a, b)`
  return {
    name: `${name}:${question.name}`,
    text: `select ${call} as results, array(select ${question.answer} from ${pairs})::text as answers`,
  }
}

/** Takes the answers of each request, in order, from those of a batch. */
export function distributeAnswers(answers: string): (request: Asking) => Answers | undefined {
  const all = answers.slice(1, -1).split(',')
  let next = 0
  return ({ asks }) =>
    asks?.pairs.map(() => {
      const answer = all[next++]
      return answer === undefined || answer === 'NULL' ? null : answer
    })
}
