/** The texts of problems: the chat's own for the codes that its forms can meet, else the text of the server. */

import type { Problem } from './state.ts'

type FieldError = NonNullable<Problem['errors']>[number]
type Text = (params: NonNullable<FieldError['params']>) => string

/** By code, or by field and code. A translation of the chat replaces these. */
const texts: Readonly<Record<string, Text>> = {
  required: () => 'Fill in this field.',
  too_short: ({ min }) => (min === 1 ? 'Fill in this field.' : `Use at least ${min} characters.`),
  too_long: ({ max }) => `Use at most ${max} characters.`,
  invalid_email: () => 'This is not an e-mail address that can be used here.',
  'email taken': () => 'This address has an account. Log in, or reset your password.',
  'username taken': () => 'This username is taken. Choose another one.',
  reserved: () => 'This username is reserved. Choose another one.',
  'username invalid_characters': () => 'Use only letters, digits and the characters _ . -',
  wrong: () => 'This is not your current password.',
  too_common: () => 'This password is easy to guess. Choose another one.',
  same_as: () => 'Choose a password that is not your name or address.',
}

/** The text for a field; undefined if the problem is not about it. */
export function errorAt(problem: Problem | undefined, name: string): string | undefined {
  const error = problem?.errors?.find(({ pointer, parameter }) => {
    return pointer === `/${name}` || parameter === name
  })
  return error && textFor(name, error)
}

/** By the code of the problem, where the server's own text does not say what to do. */
const problemTexts: Readonly<Record<string, string>> = {
  suspended:
    'Your account is suspended. If you think that it is a mistake, contact the operators of this service.',
}

/** The text for the whole form. */
export function textOf({ code, errors, detail, title }: Problem): string {
  return errors?.[0]?.message ?? problemTexts[code] ?? detail ?? title
}

function textFor(name: string, { code, params = {}, message }: FieldError): string {
  return (texts[`${name} ${code}`] ?? texts[code])?.(params) ?? message
}
