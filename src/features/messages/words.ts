/**
 * Splits text into words for the search, in the same way for messages and for questions.
 *
 * PostgreSQL's own parser is not used: what it takes for a letter, a capital or a separator depends on the
 * locale of the database. Here only Unicode decides, so a search finds the same in every database. Words are
 * compared after normalization and without case; they are not stemmed.
 */

/** Punctuation, spaces, control characters, and the symbols of ASCII. Other symbols, such as emoji, are words. */
const separators = /[\p{P}\p{Z}\p{Cc}$+<=>^`|~]+/gu
/** Scripts whose words are joined without a space, and symbols, which can follow a word without one. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{S}]/u
/**
 * No word of any language has more than 30 consecutive marks (Unicode Standard Annex 15, Stream-Safe Text Format).
 * Normalization sorts them, and for n marks takes n² steps.
 */
const tooManyMarks = /(?<=\p{M}{30})\p{M}+/gu
const ignorable = /\p{Default_Ignorable_Code_Point}/gu
const segmenter = new Intl.Segmenter('und', { granularity: 'word' })

/**
 * The text in the form in which texts are compared: compatible characters are equal (Unicode Standard Annex 15,
 * form NFKC), capitals are lower case, and invisible characters are gone. A letter that has several lower-case
 * forms, such as the Greek sigma, has one of them. Words are not separated yet.
 */
export function fold(text: string): string {
  const compatible = text.replace(ignorable, '').replace(tooManyMarks, '').normalize('NFKC')
  return compatible.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')
}

/**
 * The words of a folded text, with one space before, between and after them; one space if there is none. In
 * scripts without spaces, the words are the segments of Unicode Standard Annex 29.
 */
export function separate(folded: string): string {
  const spaced = ` ${folded.replace(separators, ' ')} `
  const words = isUnspaced(spaced) ? segments(spaced) : spaced
  return words.replace(/ {2,}/g, ' ')
}

/** Whether a text has a script without spaces between its words. */
export function isUnspaced(text: string): boolean {
  return unspaced.test(text)
}

function segments(spaced: string): string {
  return Array.from(segmenter.segment(spaced), ({ segment }) => segment).join(' ')
}
