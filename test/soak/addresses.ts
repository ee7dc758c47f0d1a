// Thousands of races for e-mail addresses on two servers, while the tables of users are rebuilt.
import { raceForAddresses } from '../support/racing-addresses.ts'
import { soakRaces } from '../support/soak-races.ts'

soakRaces('for addresses have one winner each', raceForAddresses)
