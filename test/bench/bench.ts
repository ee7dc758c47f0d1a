// What a bench is: a file of this folder that exports `bench`.

export interface BenchOptions {
  /** Keep the result in README.md. */
  readonly write: boolean
  /** How often everything is measured; medians are reported. */
  readonly rounds: number
  /** Tells a person what is being done. */
  readonly say: (line: string) => void
}

export type Bench = (options: BenchOptions) => Promise<void>
