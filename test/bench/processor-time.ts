// Processor time from Linux's scheduler: the time that the process of a database session, or another one, ran, in user
// space and in the kernel. It depends far less on other processes of the machine than wall time does.
import { readFile } from 'node:fs/promises'
import type { ClientBase } from 'pg'

/** Reads the processor time that a session's backend has used so far, in microseconds. */
export type ReadProcessorTime = () => Promise<number>

/** Undefined where the backend is no process of this machine, or the machine has no such statistics. */
export async function processorTimeOf(client: ClientBase): Promise<ReadProcessorTime | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const process = `/proc/${rows[0]?.pid}`
  const name = await readFile(`${process}/comm`, 'utf8').catch(() => '')
  if (!name.startsWith('postgres')) return undefined
  // The first number: nanoseconds on a processor.
  return async () => Number((await readFile(`${process}/schedstat`, 'utf8')).split(' ')[0]) / 1000
}

/**
 * The processor time of a process and all its threads so far, in microseconds; NaN where the system does not report
 * it.
 */
export async function processorTimeOfProcess(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // Behind the name, which can contain spaces. Field 14 is the time in user space, 15 that in the kernel, in
  // hundredths of a second on every machine that runs Node.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
