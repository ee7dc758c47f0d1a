/**
 * The question of a search, in the syntax of web searches: all words must be in a message; `or`, `-word` and
 * "a phrase" are understood, and anything else is a word. The last word can be the beginning of one, so that a
 * search finds something while its user is typing. No syntax is an error.
 */

import { fold, isUnspaced, separate } from './words.ts'

/** Whether a message with this content matches. */
export type Matches = (content: string) => boolean

/** Consecutive words that a message must contain, or must not contain. */
interface Term {
  /** Separated words, with a space on both sides; only before them if the last word is a beginning. */
  readonly words: string
  /** In place of the words, if the last one is a beginning in a script without spaces. */
  readonly beginning?: RegExp | undefined
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
    if (isBeginning) alternatives.at(-1)?.push(beginningOf(words.trimEnd()))
    else alternatives.at(-1)?.push({ words, isExcluded })
  }
  return alternatives
}

/**
 * Without spaces, the beginning of a word can be taken for several words: `さような` is separated differently from
 * `さようなら`. So the beginning of a word must be there, but the ends of words may be anywhere. Characters that mean
 * something in a pattern are separators, so none is left.
 */
function beginningOf(words: string): Term {
  const characters = [...words.replaceAll(' ', '')]
  const beginning = isUnspaced(words) ? new RegExp(` ${characters.join(' ?')}`, 'u') : undefined
  return { words, beginning, isExcluded: false }
}

function canHold({ words, isExcluded }: Term, folded: string): boolean {
  return isExcluded || words.split(' ').every((word) => folded.includes(word))
}

function holds({ words, beginning, isExcluded }: Term, separated: string): boolean {
  if (beginning) return beginning.test(separated)
  return separated.includes(words) !== isExcluded
}
