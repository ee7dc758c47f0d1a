// Thousands of races of operators and the users whom they suspend, on two servers.
import { raceOfSuspensions } from '../support/racing-suspensions.ts'
import { soakRaces } from '../support/soak-races.ts'

soakRaces('of suspensions end as they must', raceOfSuspensions)
