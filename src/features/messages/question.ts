/**
 * The question of a search, in the syntax of web searches: all words must be in a message; `or`, `-word` and
 * "a phrase" are understood, and anything else is a word. The last word can be the beginning of one, so that a
 * search finds something while its user is typing. No syntax is an error.
 */

import { fold, separate } from './words.ts'

/** Whether a message with this content matches. */
export type Matches = (content: string) => boolean

/** Consecutive words that a message must contain, or must not contain. */
interface Term {
  /** Separated words, with a space on both sides; only before them if the last word is a beginning. */
  readonly words: string
  readonly isExcluded: boolean
}

/** An alternative of the question: all of its terms must hold. */
type Alternative = readonly Term[]

/** Keyboards of phones type “ and ” where a phrase begins and ends. */
const terms = /(?<minus>-?)(?:["“”„](?<phrase>[^"“”]*)["“”]?|(?<word>[^\s"“”„]+))/g

/** Parses a question. Returns undefined if it has no word, so that nothing can match. */
export function parseQuestion(question: string): Matches | undefined {
  const alternatives = parseAlternatives(question).filter((some) => some.length > 0)
  if (alternatives.length === 0) return undefined
  return (content) => {
    const folded = fold(content)
    // Most messages lack a word, which is seen before the costly part, the separation of words.
    const possible = alternatives.filter((terms) => terms.every((term) => canHold(term, folded)))
    if (possible.length === 0) return false
    const words = separate(folded)
    return possible.some((terms) => terms.every((term) => holds(term, words)))
  }
}

function parseAlternatives(question: string): Alternative[] {
  const alternatives: Term[][] = [[]]
  for (const {
    0: { length },
    index,
    groups,
  } of question.matchAll(terms)) {
    const { minus = '', phrase, word = '' } = groups ?? {}
    if (minus === '' && /^or$/i.test(word)) {
      alternatives.push([])
      continue
    }
    const isExcluded = minus === '-'
    const isBeginning = !isExcluded && phrase === undefined && index + length === question.length
    const words = separate(fold(phrase ?? word))
    if (words === ' ') continue
    alternatives.at(-1)?.push({ words: isBeginning ? words.trimEnd() : words, isExcluded })
  }
  return alternatives
}

function canHold({ words, isExcluded }: Term, folded: string): boolean {
  return isExcluded || words.split(' ').every((word) => folded.includes(word))
}

function holds({ words, isExcluded }: Term, separated: string): boolean {
  return separated.includes(words) !== isExcluded
}
