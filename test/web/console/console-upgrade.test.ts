// A release is installed while users write, watched in the Matrix and Upgrade views. Skipped where no Chromium is installed.
import t from 'tap'
import { install } from '../../../src/platform/read-models/install/install.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { openConsole } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { connect } from '../../support/installed.ts'
import { damagedTables } from '../../support/read-models/agreement.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'
import { destroyConnection } from '../../support/read-models/cut-off.ts'
import { eventTypes } from '../../support/read-models/event-types.ts'
import { displayNames } from '../../support/read-models/example-releases/display-names.ts'

needChromium(t)

const [{ url, arrive, owner, databaseUrl }, browser, releases] = await Promise.all([
  administered(t),
  startChromium(t),
  copyReleases(t),
])
const n = releases.next
const others = await eventTypes(owner, /^(user_registered|password_changed)_/)
await releases.add(displayNames(n, others))
const ada = await arrive('ada')
const bob = await arrive('bob')

/** Sends messages, one after another, until `stop`, which returns how many. */
function writeOn() {
  let isWriting = true
  let sent = 0
  const running = (async () => {
    while (isWriting) {
      const body = { to: bob.user.id, content: `message ${sent}` }
      const { response } = await ada.client.POST('/messages', { body })
      if (response.status !== 201) throw new Error(`a message got ${response.status}`)
      sent += 1
    }
  })()
  const stop = async () => {
    isWriting = false
    await running
    return sent
  }
  return { stop }
}

t.test(
  'An install under load fills a column of the Matrix, and Upgrade names the next step',
  async (t) => {
    const writing = writeOn()
    t.teardown(() => writing.stop())
    const matrix = await openConsole(t, browser, url, { path: '/matrix' })
    const upgrade = await openConsole(t, browser, url, { path: '/upgrade' })
    await upgrade.page.getByText('No step is left. All is up to date.').waitFor()
    const cell = matrix.page.getByRole('button', {
      name: `user_registered_1 in users_${n}: up`,
    })
    await matrix.page.getByRole('button', { name: /^user_registered_1 in users_2/ }).waitFor()
    t.equal(await cell.count(), 0)

    // The installer dies in the middle of the build, so the column stays as full as it is.
    const client = await connect(t, databaseUrl)
    const dying = install({
      ...{ client, directory: releases.directory, say: () => undefined, maxRate: 8 },
      showProgress: () => ({ update: () => destroyConnection(client), end: () => undefined }),
    })
    await t.rejects(dying)
    const progress = `users_${n} is being built`
    await matrix.page.getByRole('progressbar', { name: progress }).waitFor()
    await cell.waitFor()
    t.match(await cell.getAttribute('class'), 'pending')
    await upgrade.page.getByText('Next step: install').waitFor()
    await upgrade.page.getByText(/If no install is running, run epistle install again\./).waitFor()

    const again = await connect(t, databaseUrl)
    await install({ client: again, directory: releases.directory, say: () => undefined })
    await matrix.page.getByRole('progressbar', { name: progress }).waitFor({ state: 'detached' })
    t.notMatch(await cell.getAttribute('class'), 'pending')
    await cell.hover()
    await matrix.page.locator('#chain').getByText(`→ users_${n}`).waitFor()
    await upgrade.page.getByText('Next step: deploy').waitFor()
    await upgrade.page.getByText('This step is about servers and workers').waitFor()
    await upgrade.page.locator('.obstacles').getByText(`The database has release ${n}`).waitFor()
    t.ok((await writing.stop()) > 0, 'messages were sent')
    t.strictSame(await damagedTables(owner, releases.directory), [])
    t.strictSame([...matrix.faults, ...upgrade.faults], [])
  },
)
