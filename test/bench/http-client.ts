// The HTTP client of benches that compare throughput: wrk where it is installed, or else autocannon. All turns of a
// bench use the same one, because autocannon takes much more of the processors that it shares with the servers.
import { type MeasureHttp, measureHttp } from './rate.ts'
import type { ScratchServer } from './scratch-server.ts'
import { findWrk, measureByWrk } from './wrk.ts'

export interface HttpClient {
  readonly measureHttp: MeasureHttp
  /** A sentence for the report. */
  readonly note: string
}

export async function chooseHttpClient(
  { directory }: ScratchServer,
  say: (line: string) => void,
): Promise<HttpClient> {
  if (await findWrk()) {
    return {
      measureHttp: (load, milliseconds) => measureByWrk(load, milliseconds, directory),
      note: 'HTTP client: wrk.',
    }
  }
  say('wrk is not installed, so the HTTP client is autocannon, which takes more processor time')
  return { measureHttp, note: 'HTTP client: autocannon.' }
}
