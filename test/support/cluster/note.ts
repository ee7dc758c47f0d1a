// What a soak has measured, as a line of its report.

/** How much longer than elsewhere things may take on this machine, such as one that other programs keep busy. */
export const slowness = Number(process.env.SOAK_SLOWNESS ?? 1)

/** Writes to stderr, which the runner prints with the results; it drops the comments of tests that pass. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
