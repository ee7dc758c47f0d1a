/**
 * The letters of this feature, in `letters/<language>/`, and the values for their placeholders.
 *
 * No letter contains a username: a stranger who registers with an address chooses one, and could use it to write
 * to the owner of the address. Nor does one contain a `User-Agent`, which its client chooses.
 */

import { join } from 'node:path'
import type { Placeholders } from '../../platform/mail/letter.ts'
import { type Letters, loadLetters } from '../../platform/mail/letters.ts'
import { familiesOf } from '../../platform/user-agent.ts'

const withLink: Placeholders = { required: ['link', 'expiry'], optional: ['product'] }
const withoutLink: Placeholders = { required: [], optional: ['product'] }

const withTime: Placeholders = { required: [], optional: ['product', 'time'] }

const kinds = {
  verification: withLink,
  'password-reset': withLink,
  'choose-password': withLink,
  'password-changed': withoutLink,
  'account-exists': withoutLink,
  'email-change': withLink,
  'email-change-taken': withoutLink,
  'email-changed': withLink,
  'email-restored': withLink,
  'account-deleted': withLink,
  'new-login': { required: ['link', 'expiry'], optional: ['product', 'device', 'time'] },
  'account-locked': withTime,
  'username-changed': withTime,
}

export type LetterName = keyof typeof kinds
export type AccountLetters = Letters<LetterName>

/** Reads the letters, with those of `lettersDir` in place of our own. Throws LettersError. */
export function loadAccountLetters(settings: {
  readonly lettersDir: string | undefined
  readonly defaultLanguage: string
}): Promise<AccountLetters> {
  const { lettersDir: overrides, defaultLanguage } = settings
  const builtIn = join(import.meta.dirname, 'letters')
  return loadLetters({ kinds, builtIn, overrides, defaultLanguage })
}

/**
 * A time in the words of a language: `Nov 29, 20:15 UTC` in English. Not "within an hour", which would be wrong in a
 * mail that arrives late. Languages that the runtime has no words for get English ones.
 */
export function toTime(instant: Date, language: string): string {
  const format = new Intl.DateTimeFormat([language, 'en-GB'], {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
  return format.format(instant)
}

/** The browser and the system of a `User-Agent`; a dash where neither is known. In no language, as names are. */
export function toDevice(userAgent: string | null): string {
  const { browser, system } = familiesOf(userAgent)
  return [browser, system].filter(Boolean).join(', ') || '–'
}
