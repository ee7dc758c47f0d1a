// Signals to processes of a cluster by their ids, which come from the parent's own list of children.
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** The ids of the children of a process; empty when it is gone. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

/** The title of a process, by which PostgreSQL shows what each of its processes does. */
export async function titleOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return text.replaceAll('\0', ' ').trim()
}

/** Sends a signal, unless the process is gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Kills a process and then all of its children, and waits until none of them runs. */
export async function killTree(pid: number): Promise<void> {
  const all = [pid, ...(await childrenOf(pid))]
  for (const each of all) signal(each, 'SIGKILL')
  for (const end = Date.now() + 10_000; Date.now() < end; await pause(10)) {
    if ((await Promise.all(all.map(runs))).every((isRunning) => !isRunning)) return
  }
  throw new Error(`one of the processes ${all.join(', ')} still runs`)
}

// A killed process keeps its id until its parent collects it.
async function runs(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return status !== '' && !status.includes(') Z ')
}
