/** The language of a request, from its `Accept-Language` (RFC 9110, 12.5.4). */

import Negotiator from 'negotiator'

/** Texts are in English unless a client prefers another language that is there. */
export const defaultLanguage = 'en'

/** The one of `available` that the client prefers most, or English. `de-AT` accepts `de`. */
export function languageOf(
  headers: { readonly 'accept-language'?: string | undefined },
  available: readonly string[],
): string {
  // English comes first: without the header, the first language is as good as any other.
  const offered = [defaultLanguage, ...available.filter((each) => each !== defaultLanguage)]
  return new Negotiator({ headers }).language(offered) ?? defaultLanguage
}
