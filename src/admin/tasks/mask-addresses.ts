/** Hides the e-mail addresses in errors of mail servers, which quote them. */

/** The text with `<address>` in the place of each address; null stays null. */
export function maskAddresses(text: string | null): string | null {
  return text?.replace(/[^\s<>"',;:()]{1,64}@[^\s<>"',;:()]{1,255}/gu, '<address>') ?? null
}
