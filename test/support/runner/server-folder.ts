// Where the temporary server of `npm test` has its data.
import { access, constants, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

/** Three times what a run of all tests takes. */
const neededBytes = 6 * 2 ** 30

/**
 * A folder in memory where the machine has one with enough room, else that of temporary files. Each test file copies a
 * database of a thousand small files, which takes a file system on a disk five times the processor time.
 */
export async function serverFolder(memory = '/dev/shm', needed = neededBytes): Promise<string> {
  try {
    await access(memory, constants.W_OK)
    const { bavail, bsize } = await statfs(memory)
    // The folder can be larger than what the machine, or the container, has left.
    const free = Math.min(bavail * bsize, process.availableMemory())
    return free >= needed ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}
