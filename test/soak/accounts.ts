// Thousands of races that rename or end accounts on two servers.
import { raceOfAccounts } from '../support/racing-accounts.ts'
import { soakRaces } from '../support/soak-races.ts'

soakRaces('of accounts end as they may', raceOfAccounts)
