// The metrics of a server or worker, as its admin port gives them to Prometheus.

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The samples that an admin port reports. */
export async function scrape(adminUrl = ''): Promise<Sample[]> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) return []
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

/** The value of the first sample with this name and these labels. */
export function sampleOf(
  samples: readonly Sample[],
  wanted: string,
  labels: Readonly<Record<string, string | number>> = {},
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === wanted &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === String(value)),
  )?.value
}
