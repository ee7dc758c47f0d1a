// Readable ids for tests: the nth is 00000000-0000-4000-8000-00000000000n.

/** The nth id; n up to 2^48. */
export function idOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}
