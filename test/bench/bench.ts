// The type of a bench: a file in this folder that exports `bench`.

export interface BenchOptions {
  /** Write the result to README.md. */
  readonly write: boolean
  /** How many rounds to measure; medians are reported. */
  readonly rounds: number
  /** Prints progress for the person who runs the bench. */
  readonly say: (line: string) => void
}

export type Bench = (options: BenchOptions) => Promise<void>
